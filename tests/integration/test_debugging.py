"""An editor's debug sessions, played to debugpy's real adapter over its real protocol."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from inference_server.servers import sockets
from tests.support.dap import Breakpoint, DapClient
from tests.support.dev_server import Answer, DevServer, ask, ask_in_background, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from tests.support.dap import Frame

_DEBUG = ("--debug", "127.0.0.1:0")

SCORE = """
    import json
    import helper

    def init():
        global offset
        offset = 40  # in init

    def run(data):
        number = json.loads(data)["number"]
        total = helper.double(number) + offset  # in run
        return {"total": total}
"""

HELPER = """
    def double(number):
        return 2 * number  # in helper
"""


@pytest.fixture
def score(tmp_path: Path) -> Path:
    """A script and the helper beside it, in a folder with a blank in its name."""
    folder = tmp_path / "my code"
    folder.mkdir()
    _write(folder / "helper.py", HELPER)
    return _write(folder / "score.py", SCORE)


@pytest.fixture
def server(score: Path) -> Iterator[DevServer]:
    """A ready server that listens for an editor."""
    with DevServer(score, *_DEBUG) as server:
        server.wait_ready()
        yield server


def _write(path: Path, source: str) -> Path:
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return path


def _line(path: Path, text: str) -> int:
    """The number of the only line that contains the text."""
    (number,) = [number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line]
    return number


def _post(server: DevServer, number: int = 1) -> Future[Answer]:
    return ask_in_background(server.url, "/score", json.dumps({"number": number}))


def _python_path() -> list[str]:
    return [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]


def _user_frames(frames: list[Frame], folder: Path) -> list[str]:
    return [frame.name for frame in frames if frame.path.startswith(str(folder))]


def test_a_breakpoint_in_run_stops_a_real_request_and_again_after_a_live_update(server: DevServer, score: Path) -> None:
    """Attach, stop, look at variables, evaluate, continue, get the answer; edit so that lines shift; stop again."""
    with DapClient.connect(server.debug_port) as editor:
        editor.attach({score: [_line(score, "# in run")]})
        held = _post(server, 1)
        stop = editor.stopped()
        assert stop.reason == "breakpoint"
        assert (stop.top.name, stop.top.path, stop.top.line) == ("run", str(score), _line(score, "# in run"))
        assert editor.variables(stop.top)["number"] == "1"
        assert editor.evaluate("number + offset", stop.top) == "41"
        assert not held.done()
        editor.resume(stop)
        assert held.result(10).json() == {"total": 42}

        longer = "# one\n# two\n# three\n" + score.read_text().replace('{"total": total}', '{"new total": total}')
        score.write_text(longer)
        (bound,) = editor.set_breakpoints(score, _line(score, "# in run"))
        assert bound["verified"]
        server.wait_for_generation(1)
        held = _post(server, 2)
        stop = editor.stopped()
        assert (stop.top.name, stop.top.line) == ("run", _line(score, "# in run"))
        assert editor.variables(stop.top)["number"] == "2"
        editor.resume(stop)
        assert held.result(10).json() == {"new total": 44}
        editor.disconnect()


def test_only_the_users_frames_are_shown(server: DevServer, score: Path) -> None:
    """With justMyCode the call stack is run() and nothing of the server or of its libraries."""
    with DapClient.connect(server.debug_port) as editor:
        editor.attach({score: [_line(score, "# in run")]}, justMyCode=True)
        held = _post(server)
        stop = editor.stopped()
        assert [frame.name for frame in stop.frames] == ["run"]
        editor.resume(stop)
        assert held.result(10).status == 200
        editor.disconnect()


def test_an_editor_may_attach_again_and_again(server: DevServer, score: Path) -> None:
    """Three sessions in a row each stop; requests between them pass."""
    for number in range(3):
        with DapClient.connect(server.debug_port) as editor:
            editor.attach({score: [_line(score, "# in run")]})
            held = _post(server, number)
            editor.resume(editor.stopped())
            assert held.result(10).json() == {"total": 40 + 2 * number}
            editor.disconnect()
        assert _post(server, 5).result(10).json() == {"total": 50}


def test_a_request_goes_on_when_the_editor_vanishes(server: DevServer, score: Path) -> None:
    """An editor that is killed while it holds a request does not take the answer with it."""
    with DapClient.connect(server.debug_port) as editor:
        editor.attach({score: [_line(score, "# in run")]})
        held = _post(server)
        editor.stopped()
    assert held.result(10).json() == {"total": 42}


def test_a_breakpoint_in_a_helper_module_stops(server: DevServer, score: Path) -> None:
    """A module beside the script is as debuggable as the script, also after it was edited alone."""
    helper = score.with_name("helper.py")
    with DapClient.connect(server.debug_port) as editor:
        editor.attach({helper: [_line(helper, "# in helper")]})
        held = _post(server, 3)
        stop = editor.stopped()
        assert _user_frames(stop.frames, score.parent) == ["double", "run"]
        editor.resume(stop)
        assert held.result(10).json() == {"total": 46}

        helper.write_text("# moved\n" + helper.read_text().replace("2 * number", "3 * number"))
        editor.set_breakpoints(helper, _line(helper, "# in helper"))
        server.wait_for_generation(1)
        held = _post(server, 3)
        stop = editor.stopped()
        assert (stop.top.name, stop.top.line) == ("double", _line(helper, "# in helper"))
        editor.resume(stop)
        assert held.result(10).json() == {"total": 49}
        editor.disconnect()


def test_breakpoints_bind_again_after_a_syntax_error_is_mended(server: DevServer, score: Path) -> None:
    """A half-typed save leaves the old code serving; the mended save stops at the moved line."""
    good = score.read_text()
    with DapClient.connect(server.debug_port) as editor:
        editor.attach({score: [_line(score, "# in run")]})
        score.write_text(good + "def broken(:\n")
        server.wait_for(lambda: "x-devkit-reload-error" in ask(server.url, "/readyz").headers, "the error is told")
        held = _post(server)
        editor.resume(editor.stopped())
        assert held.result(10).json() == {"total": 42}

        score.write_text("# mended\n" + good.replace("offset = 40", "offset = 50"))
        editor.set_breakpoints(score, _line(score, "# in run"))
        server.wait_for_generation(1)
        held = _post(server)
        stop = editor.stopped()
        assert stop.top.line == _line(score, "# in run")
        editor.resume(stop)
        assert held.result(10).json() == {"total": 52}
        editor.disconnect()


def test_wait_lets_a_breakpoint_in_init_stop(score: Path) -> None:
    """With --wait nothing of the script runs before the editor is there; health answers meanwhile."""
    with DevServer(score, *_DEBUG, "--wait") as server:
        assert ask(server.url, "/livez").status == 200
        assert ask(server.url, "/readyz").status == 503
        with DapClient.connect(server.debug_port) as editor:
            editor.attach({score: [_line(score, "# in init")]})
            stop = editor.stopped()
            assert (stop.top.name, stop.top.line) == ("init", _line(score, "# in init"))
            editor.resume(stop)
            server.wait_ready()
            editor.disconnect()


@pytest.fixture
def stops_on_handled_exceptions() -> None:
    """Skip where debugpy is older than 1.8.22."""
    debugpy = pytest.importorskip("debugpy")
    if not hasattr(debugpy, "trigger_exception_handler"):
        pytest.skip(f"debugpy {debugpy.__version__} has no trigger_exception_handler")


@pytest.mark.usefixtures("stops_on_handled_exceptions")
def test_an_exception_of_run_stops_on_the_users_line_and_then_500_goes_out(server: DevServer, score: Path) -> None:
    """With the editor's default filters the failing line is shown with its variables; then the client gets its 500."""
    with DapClient.connect(server.debug_port) as editor:
        editor.attach()
        held = ask_in_background(server.url, "/score", '{"numbers": 1}')
        stop = editor.stopped()
        assert stop.reason == "exception"
        assert (stop.top.name, stop.top.path, stop.top.line) == ("run", str(score), _line(score, "json.loads"))
        assert editor.variables(stop.top)["data"] == repr('{"numbers": 1}')
        assert not held.done()
        editor.resume(stop)
        assert held.result(10).status == 500
        editor.disconnect()


@pytest.mark.usefixtures("stops_on_handled_exceptions")
def test_an_exception_of_init_stops_on_the_users_line_and_the_server_stays(score: Path) -> None:
    """A failing init() is shown in the editor; after it /readyz tells the reason and the next save tries again."""
    good = score.read_text()
    score.write_text(good.replace("offset = 40", "offset = 40 / 0"))
    with DevServer(score, *_DEBUG, "--wait") as server, DapClient.connect(server.debug_port) as editor:
        editor.attach()
        stop = editor.stopped()
        assert (stop.reason, stop.top.name, stop.top.line) == ("exception", "init", _line(score, "# in init"))
        editor.resume(stop)
        server.wait_for(lambda: "failed" in ask(server.url, "/readyz").body, "the failure is told")
        assert "ZeroDivisionError" in ask(server.url, "/readyz").body
        editor.disconnect()
        score.write_text(good)
        server.wait_ready()
        assert _post(server).result(10).json() == {"total": 42}


def test_conditional_breakpoints_and_log_points_work(server: DevServer, score: Path) -> None:
    """A condition lets other requests pass; a log point prints and holds nobody."""
    line = _line(score, "# in run")
    with DapClient.connect(server.debug_port) as editor:
        editor.attach({score: [Breakpoint(line, condition="number == 7")]})
        assert _post(server, 6).result(10).json() == {"total": 52}
        held = _post(server, 7)
        stop = editor.stopped()
        assert editor.variables(stop.top)["number"] == "7"
        editor.resume(stop)
        assert held.result(10).status == 200
        editor.set_breakpoints(score, Breakpoint(line, log_message="number is {number}"))
        assert _post(server, 8).result(10).json() == {"total": 56}
        wait_until(lambda: "number is 8" in editor.output(), "the log point's text")
        editor.disconnect()


@pytest.mark.parametrize("remote_root", ["{folder}", "{folder}/", "."], ids=["absolute", "trailing slash", "cwd"])
def test_a_path_mapping_binds_breakpoints_of_another_folder(server: DevServer, score: Path, remote_root: str) -> None:
    """An editor that sees the code elsewhere (a container's mount) stops in its own copy of the path."""
    local = score.parent.parent / "seen by the editor"
    local.mkdir()
    copy = _write(local / "score.py", SCORE)
    mapping = {"localRoot": str(local), "remoteRoot": remote_root.format(folder=score.parent)}
    with DapClient.connect(server.debug_port) as editor:
        editor.attach({copy: [_line(copy, "# in run")]}, pathMappings=[mapping])
        held = _post(server)
        stop = editor.stopped()
        assert stop.top.path == str(copy)
        editor.resume(stop)
        assert held.result(10).status == 200
        editor.disconnect()


def test_two_requests_each_stop_once(score: Path) -> None:
    """Requests that run beside each other each stop once, and each gets its own answer."""
    with DevServer(score, *_DEBUG, "--threads", "2") as server, DapClient.connect(server.debug_port) as editor:
        server.wait_ready()
        editor.attach({score: [_line(score, "# in run")]})
        held = [_post(server, number) for number in (1, 2)]
        for _ in held:
            editor.resume(editor.stopped())
        assert [each.result(10).json() for each in held] == [{"total": 42}, {"total": 44}]
        assert editor.pending("stopped") == []
        editor.disconnect()


def test_no_timeout_fires_while_an_editor_is_attached(score: Path) -> None:
    """A request held far beyond SCORING_TIMEOUT_MS is answered 200."""
    with DevServer(score, *_DEBUG, env={"SCORING_TIMEOUT_MS": "300"}) as server:
        server.wait_ready()
        with DapClient.connect(server.debug_port) as editor:
            editor.attach({score: [_line(score, "# in run")]})
            held = _post(server)
            stop = editor.stopped()
            # Time is what is tested here: it passes in the debuggee, in a frame of the held thread.
            assert editor.evaluate("__import__('time').sleep(0.7)", stop.top) in {"", "None"}
            editor.resume(stop)
            assert held.result(10).json() == {"total": 42}
            editor.disconnect()


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="up to 3.11 a listening debugger turns time limits off (documented)"
)
def test_timeouts_fire_again_when_the_editor_has_left(score: Path) -> None:
    """From Python 3.12 on --debug takes nothing from SCORING_TIMEOUT_MS but the time of a session."""
    _write(score, SCORE.replace("total = helper", "while number: pass\n        total = helper"))
    with DevServer(score, *_DEBUG, env={"SCORING_TIMEOUT_MS": "300"}) as server:
        server.wait_ready()
        assert "Scoring timeout after 300 ms" in _post(server, 1).result(20).body
        with DapClient.connect(server.debug_port) as editor:
            editor.attach({score: [_line(score, "# in run")]})
            held = _post(server, 0)
            editor.resume(editor.stopped())
            assert held.result(20).json() == {"total": 40}
            editor.disconnect()
        assert "Scoring timeout after 300 ms" in _post(server, 1).result(20).body


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from 3.12 on debugpy suspends new threads too (documented)")
def test_health_answers_while_a_request_is_held(server: DevServer, score: Path) -> None:
    """Up to Python 3.11 liveness and readiness answer behind a breakpoint."""
    with DapClient.connect(server.debug_port) as editor:
        editor.attach({score: [_line(score, "# in run")]})
        held = _post(server)
        stop = editor.stopped()
        assert ask(server.url, "/livez", timeout=5).status == 200
        assert ask(server.url, "/readyz", timeout=5).status == 200
        editor.resume(stop)
        assert held.result(10).status == 200
        editor.disconnect()


def test_a_live_update_waits_for_the_held_request(server: DevServer, score: Path) -> None:
    """A request that a breakpoint holds ends with the code it began with, and the console says what is waited for."""
    with DapClient.connect(server.debug_port) as editor:
        editor.attach({score: [_line(score, "# in run")]})
        held = _post(server)
        stop = editor.stopped()
        score.write_text(score.read_text().replace('{"total": total}', '{"new": total}'))
        if sys.version_info < (3, 12):  # later on the thread that says so stands still with the others
            server.wait_for(lambda: "reload waiting for 1 request" in server.log, "the console says that it waits")
        editor.set_breakpoints(score)
        editor.resume(stop)
        assert held.result(10).json() == {"total": 42}
        server.wait_for_generation(1)
        assert _post(server).result(10).json() == {"new": 42}
        editor.disconnect()


def test_a_restart_waits_for_the_end_of_the_debug_session(score: Path) -> None:
    """What only a restart can apply is announced while an editor is attached, and done when it has left."""
    once = "import multiprocessing\nmultiprocessing.set_start_method('METHOD')\n" + textwrap.dedent(SCORE)
    score.write_text(once.replace("METHOD", "spawn"))
    with DevServer(score, *_DEBUG) as server:
        server.wait_ready()
        process = server.process.pid
        with DapClient.connect(server.debug_port) as editor:
            editor.attach()
            score.write_text(once.replace("METHOD", "forkserver").replace('{"total": total}', '{"new": total}'))
            server.wait_for(lambda: "waits until the debug session ends" in server.log, "the announcement")
            assert _post(server).result(10).json() == {"total": 42}
            editor.disconnect()
        server.wait_for(lambda: server.log.count("Listening on") == 2, "the second start")
        server.wait_for_generation(1)
        assert server.process.pid == process
        with DapClient.connect(server.debug_port) as editor:
            editor.attach({score: [_line(score, "# in run")]})
            held = _post(server)
            editor.resume(editor.stopped())
            assert held.result(10).json() == {"new": 42}
            editor.disconnect()


def test_a_busy_debug_port_is_one_line_and_exit_code_3(score: Path) -> None:
    """The holder of the debug port is named, and nothing was started that lingers."""
    with sockets.bind("127.0.0.1", 0) as holder:
        port = holder.getsockname()[1]
        server = DevServer(score, "--debug", str(port))
        assert server.wait() == 3
    assert f"Port {port} is in use by" in server.log
    assert "Traceback" not in server.log
    assert "Listening" not in server.log


def test_a_missing_debugpy_is_one_line_and_exit_code_3(score: Path, tmp_path: Path) -> None:
    """Where debugpy is not installed, --debug says which command installs it."""
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "debugpy.py").write_text("raise ImportError('not installed')")
    server = DevServer(score, *_DEBUG, env={"PYTHONPATH": os.pathsep.join([str(blocked), *_python_path()])})
    assert server.wait() == 3
    assert "-m pip install debugpy" in server.log
    assert "Traceback" not in server.log


def test_debug_without_dev_is_a_usage_error(score: Path) -> None:
    """Breakpoints need the one process of --dev; --debug without it says so."""
    command = [sys.executable, "-m", "inference_server", "--entry_script", str(score), "--debug"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode == 1
    assert "--dev" in refused.stdout + refused.stderr


def test_azureml_debug_port_connects_out_and_waits_before_init(score: Path) -> None:
    """The peer's variable works: the server connects to the editor that listens, and init() can be debugged."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with DapClient.adapter() as editor:
        started = editor.begin("attach", listen={"host": "127.0.0.1", "port": port})
        editor.event("debugpyWaitingForServer")
        starting = DevServer(score, env={"AZUREML_DEBUG_PORT": str(port)})
        editor.configure(started, {score: [_line(score, "# in init"), _line(score, "# in run")]})
        with starting as server:
            stop = editor.stopped()
            assert stop.top.name == "init"
            editor.resume(stop)
            server.wait_ready()
            held = _post(server)
            editor.resume(editor.stopped())
            assert held.result(10).json() == {"total": 42}


def test_azureml_debug_port_works_without_dev_as_in_azures_server(score: Path) -> None:
    """A deployment's variables alone are enough: no --dev, one process, the failure told once and exit code 3."""
    with sockets.bind("127.0.0.1", 0) as closed:
        port = closed.getsockname()[1]
    command = [sys.executable, "-m", "inference_server", "--port", "0", "--entry_script", str(score)]
    env = os.environ | {"AZUREML_DEBUG_PORT": str(port), "WORKER_COUNT": "2"}
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 3
    assert ended.stderr.count("no editor listens") == 1


def test_azureml_debug_port_without_an_editor_fails_once(score: Path) -> None:
    """Nobody listening is one line and exit code 3, not a restart loop."""
    with sockets.bind("127.0.0.1", 0) as closed:
        port = closed.getsockname()[1]
    server = DevServer(score, env={"AZUREML_DEBUG_PORT": str(port)})
    assert server.wait() == 3
    assert server.log.count(f"no editor listens on 127.0.0.1:{port}") == 1


def test_launching_the_module_through_the_adapter_debugs_init_and_run(score: Path) -> None:
    """F5 with a launch configuration: breakpoints in init() and run() stop, and Stop ends the server."""
    with DapClient.adapter() as editor:
        editor.launch(
            {score: [_line(score, "# in init"), _line(score, "# in run")]},
            module="inference_server",
            args=["--dev", "--port", "0", "--entry_script", str(score)],
            cwd=str(score.parent),
            python=[sys.executable],
        )
        stop = editor.stopped()
        assert stop.top.name == "init"
        editor.resume(stop)
        url = _url(editor)
        wait_until(lambda: ask(url, "/readyz").status == 200, "readiness", editor.output)
        held = ask_in_background(url, "/score", '{"number": 1}')
        stop = editor.stopped()
        assert stop.top.name == "run"
        editor.resume(stop)
        assert held.result(10).json() == {"total": 42}
        editor.request("disconnect", terminateDebuggee=True)
        wait_until(lambda: _refused(url), "the server's end")


def _url(editor: DapClient) -> str:
    wait_until(lambda: re.search(r"Listening on \S+:\d+", editor.output()), "the line that it listens", editor.output)
    found = re.search(r"Listening on (\S+:\d+)", editor.output())
    assert found
    return found[1]


def _refused(url: str) -> bool:
    try:
        ask(url, "/livez")
    except OSError:
        return True
    return False
