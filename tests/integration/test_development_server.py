"""``infsrv --dev`` as a process: start, health during init(), failure, signals, ports."""

from __future__ import annotations

import signal
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from inference_server.servers import sockets
from tests.support.dev_server import DevServer, ask, ask_in_background

if TYPE_CHECKING:
    from pathlib import Path


def _script(folder: Path, source: str) -> Path:
    path = folder / "score.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return path


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    """A script that answers what it was sent."""
    return _script(tmp_path, "def init(): pass\ndef run(data): return data\n")


def test_a_request_is_answered_on_loopback(echo: Path) -> None:
    """The smallest script serves, and only this machine reaches it."""
    with DevServer(echo) as server:
        server.wait_ready()
        assert server.url.startswith("http://127.0.0.1:")
        assert ask(server.url, "/score", "hello").json() == "hello"


def test_health_answers_while_init_runs(tmp_path: Path) -> None:
    """During init() liveness is 200, readiness is 503 and says starting, and a request waits for its end."""
    script = _script(
        tmp_path,
        """
        import pathlib, time
        def init():
            while not pathlib.Path(__file__).with_name("go on").exists():
                time.sleep(0.01)
        def run(data):
            return data
        """,
    )
    with DevServer(script) as server:
        assert ask(server.url, "/livez").status == 200
        ready = ask(server.url, "/readyz")
        assert (ready.status, ready.json()["status"]) == (503, "starting")
        early = ask_in_background(server.url, "/score", "early")
        (tmp_path / "go on").touch()
        assert early.result(20).json() == "early"
        server.wait_ready()


def test_a_failing_init_keeps_the_server_up_and_says_why(tmp_path: Path) -> None:
    """A script that cannot start is told on the console and in /readyz, with file and line; health still answers."""
    script = _script(tmp_path, "def init():\n    raise ValueError('no model here')\ndef run(data): return data\n")
    with DevServer(script) as server:
        server.wait_for(lambda: ask(server.url, "/readyz").json()["status"] == "failed", "the failure is told")
        ready = ask(server.url, "/readyz")
        assert ready.status == 503
        assert "no model here" in ready.json()["reason"]
        assert ask(server.url, "/livez").status == 200
        assert ask(server.url, "/score", "x").status == 503
        server.wait_for(lambda: "save the script to try again" in server.log, "what to do is told")
        assert 'score.py", line 2, in init' in server.log


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_exit_code_0(echo: Path, number: signal.Signals) -> None:
    """Ctrl+C and a polite kill are no failures."""
    with DevServer(echo) as server:
        server.wait_ready()
        server.process.send_signal(number)
        assert server.wait() == 0
        assert "Traceback" not in server.log


def test_a_stop_waits_for_the_request_under_way(tmp_path: Path) -> None:
    """A request that has begun is answered before the server ends."""
    script = _script(
        tmp_path,
        """
        import pathlib, time
        here = pathlib.Path(__file__).parent
        def init(): pass
        def run(data):
            (here / "begun").touch()
            while not (here / "go on").exists():
                time.sleep(0.01)
            return data
        """,
    )
    with DevServer(script) as server:
        server.wait_ready()
        under_way = ask_in_background(server.url, "/score", "last")
        server.wait_for((tmp_path / "begun").exists, "the request has begun")
        server.process.terminate()
        (tmp_path / "go on").touch()
        assert under_way.result(20).json() == "last"
        assert server.wait() == 0


def test_a_busy_port_is_refused_at_once_and_names_its_holder(echo: Path) -> None:
    """The second server on a port ends with 1 and one line."""
    with sockets.bind("127.0.0.1", 0) as holder:
        port = holder.getsockname()[1]
        server = DevServer(echo, "--port", str(port))
        assert server.wait() == 1
    assert f"Port {port} is in use by" in server.log
    assert "Traceback" not in server.log


def test_ready_is_not_said_before_the_port_listens(echo: Path) -> None:
    """The line that editors wait for comes when a connection is accepted, so no client is refused after it."""
    with DevServer(echo) as server:
        assert ask(server.url, "/livez").status == 200


def test_the_request_line_is_logged_once(echo: Path) -> None:
    """One line a request, the access log's; werkzeug's own is silent."""
    with DevServer(echo) as server:
        server.wait_ready()
        ask(server.url, "/score", "x")
        server.wait_for(lambda: "POST /score 200" in server.log, "the line")
    assert server.log.count("POST /score") == 1
