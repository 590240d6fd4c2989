from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.server import eventually, metric, running_server, start_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.server import Answer, RunningServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tests send signals")

SCRIPT = """
import ctypes, json, os, time

def init():
    global model
    model = os.getpid()
    with open("starts", "a") as starts:
        starts.write(f"{os.getpid()}\\n")

def run(data):
    order = json.loads(data)
    open("began", "w").close()
    if "sleep" in order:
        time.sleep(order["sleep"])
    if "spin" in order:
        end = time.monotonic() + order["spin"]
        while time.monotonic() < end:
            try:
                time.monotonic()
            except Exception:
                pass
    if "hold_gil" in order:
        ctypes.PyDLL(None).sleep(order["hold_gil"])
    if "exit" in order:
        os._exit(order["exit"])
    return model
"""

COUNT_TOGETHER = """
    inside.append(1)
    time.sleep(0.02)
    most.append(len(inside))
    inside.pop()
    return max(most)
"""


def in_background(call: Callable[[], Any]) -> threading.Thread:
    """Make a request whose answer is not wanted: its connection may be cut."""

    def ignore_errors() -> None:
        with contextlib.suppress(OSError, ConnectionError):
            call()

    thread = threading.Thread(target=ignore_errors, daemon=True)
    thread.start()
    return thread


def failure(server: RunningServer) -> Answer | None:
    """What /readyz answers once a start has failed; its connection may meet the worker that just ends."""
    with contextlib.suppress(OSError):
        answer = server.get("/readyz")
        return answer if answer.json["status"] == "failed" else None
    return None


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def busy_with_run(server: RunningServer) -> None:
    """Wait until a request is being answered."""
    eventually(lambda: metric(server.get("/metrics").text, "infsrv_requests_in_flight") >= 1, "a request is under way")


def starts(folder: Path) -> int:
    return len((folder / "starts").read_text().splitlines())


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("def init():\n    open('starts', 'a').write('x\\n')\n    1 / 0\ndef run(data): ...\n", "ZeroDivisionError"),
        ("import os\nopen('starts', 'a').write('x\\n')\nos._exit(9)\n", "exit code 9"),
        ("open('starts', 'a').write('x\\n')\nimport sys\nsys.exit(4)\n", "SystemExit"),
    ],
)
def test_a_start_that_fails_ends_the_server_with_exit_code_3(
    tmp_path: Path, workers: str, script: str, reason: str
) -> None:
    """init() is tried once a worker and never again, the process ends with 3, and the log names the cause."""
    (tmp_path / "score.py").write_text(script)
    with start_server("score.py", "--port", "0", "--worker_count", workers, cwd=tmp_path) as server:
        assert server.wait() == 3
        assert reason in server.log
        assert starts(tmp_path) <= int(workers)


def test_a_second_server_on_the_port_is_refused_at_once(tmp_path: Path) -> None:
    """The port is bound without SO_REUSEPORT: the second server ends with 1 and names the first one's process."""
    with running_server(SCRIPT, cwd=tmp_path) as first:
        begun = time.monotonic()
        with start_server("score.py", "--port", str(first.port), cwd=tmp_path) as second:
            assert second.wait() == 1
            assert time.monotonic() - begun < 10
            assert f"Port {first.port} is in use by process" in second.log
        assert starts(tmp_path) == 1
        assert first.score({}).status == 200


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    """os._exit() in run() costs that request; the next one is answered by a new worker, and counters go on."""
    with running_server(SCRIPT, cwd=tmp_path) as server:
        first = server.score({}).json
        in_background(lambda: server.score({"exit": 9})).join()
        answer = server.score({})
        assert answer.status == 200
        assert answer.json != first
        assert "ended with exit code 9. Another one starts now." in server.log
        text = server.get("/metrics").text
        assert metric(text, 'infsrv_requests_total{code="200"}') >= 2
        assert metric(text, "infsrv_worker_starts_total") == 2


def test_a_worker_that_keeps_dying_is_replaced_more_and_more_slowly(tmp_path: Path) -> None:
    """The second death in a row costs half a second, the third a whole one: no loop burns the machine."""
    with running_server(SCRIPT, cwd=tmp_path) as server:
        for wait in ("now", "in 0.5 s", "in 1 s"):
            in_background(lambda: server.score({"exit": 1})).join()
            eventually(lambda wait=wait: f"Another one starts {wait}." in server.log, f"a new worker {wait}")
        assert server.score({}).status == 200
        assert starts(tmp_path) == 4


def test_a_replacement_that_cannot_start_does_not_end_the_server(tmp_path: Path) -> None:
    """After a good start a failed one is tried again; meanwhile health says why, and nothing is lost for good."""
    (tmp_path / "model").touch()
    script = SCRIPT.replace("model = os.getpid()", "open('model').close(); model = os.getpid()")
    with running_server(script, cwd=tmp_path) as server:
        (tmp_path / "model").unlink()
        in_background(lambda: server.score({"exit": 9})).join()
        failed = eventually(lambda: failure(server), "readyz says failed")
        assert failed.status == 503
        assert "init" in failed.json["reason"]
        (tmp_path / "model").touch()
        server.wait_ready()
        assert server.score({}).status == 200


def test_a_replacement_is_not_asked_before_it_is_ready(tmp_path: Path) -> None:
    """With two workers, one dead: all requests go to the other one until the new one has done its init()."""
    script = SCRIPT.replace(
        "model = os.getpid()",
        "open('replacing', 'w').close() if os.path.exists('slow') else None\n"
        "    while os.path.exists('slow'): time.sleep(0.01)\n    model = os.getpid()",
    )
    with running_server(script, "--worker_count", "2", cwd=tmp_path) as server:
        (tmp_path / "slow").touch()
        in_background(lambda: server.score({"exit": 9})).join()
        eventually(lambda: "ended with exit code 9" in server.log, "the death is noticed")
        eventually((tmp_path / "replacing").exists, "the new worker is in its init()")
        for _ in range(20):  # one that reached the new worker would wait for ever
            assert server.score({}).status == 200
            assert server.get("/readyz").status == 200
        (tmp_path / "slow").unlink()
        eventually(lambda: starts(tmp_path) >= 3, "the new worker has done its init()")


def test_health_answers_during_init_and_scoring_waits_for_it(tmp_path: Path) -> None:
    """While init() runs, probes are told so at once and a scoring request is kept until there is an answer."""
    script = SCRIPT.replace(
        "model = os.getpid()", "\n    while not os.path.exists('go'): time.sleep(0.01)\n    model = 1"
    )
    (tmp_path / "score.py").write_text(script)
    with start_server("score.py", "--port", "0", cwd=tmp_path) as server:
        assert server.get("/livez").status == 200
        readyz = server.get("/readyz")
        assert (readyz.status, readyz.json["status"]) == (503, "starting")
        answers: list[Any] = []
        waiting = in_background(lambda: answers.append(server.score({})))
        busy_with_run(server)
        (tmp_path / "go").touch()
        waiting.join()
        assert answers[0].status == 200


def test_health_answers_behind_a_busy_run(tmp_path: Path) -> None:
    """One run() at a time, and it sleeps: probes and metrics take other threads."""
    with running_server(SCRIPT, cwd=tmp_path) as server:
        busy = in_background(lambda: server.score({"sleep": 2}))
        busy_with_run(server)
        assert [server.get(path).status for path in ("/", "/livez", "/readyz", "/metrics")] == [200] * 4
        assert busy.is_alive()


def test_metrics_of_all_workers_add_up(tmp_path: Path) -> None:
    """With two workers any of them tells of the requests of both."""
    with running_server(SCRIPT, "--worker_count", "2", cwd=tmp_path) as server:
        pids: set[int] = set()
        count = 0
        while len(pids) < 2 or count < 40:
            count += 1
            answer = server.score({})
            assert answer.status == 200, f"{answer}\n{server.log}"
            pids.add(answer.json)
            assert count < 5000, "one worker has answered everything"
        text = server.get("/metrics").text
        assert metric(text, "infsrv_run_duration_seconds_count") == count
        assert metric(text, 'infsrv_worker_phase{worker="0",phase="ready"}') == 1
        assert metric(text, 'infsrv_worker_phase{worker="1",phase="ready"}') == 1


def test_workers_end_when_the_master_is_killed(tmp_path: Path) -> None:
    """Kill -9 of the master leaves no process behind, and the port is free for the next server."""
    with running_server(SCRIPT, "--worker_count", "2", cwd=tmp_path) as server:
        port, pids = server.port, server.worker_pids()
        assert len(pids) == 2
        server.process.kill()
        eventually(lambda: not any(map(alive, pids)), "the workers have ended")
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_the_request_under_way_finish(tmp_path: Path, number: signal.Signals) -> None:
    """New connections are refused, the answer under way arrives, the exit code is 0, and no worker is left."""
    with running_server(SCRIPT, cwd=tmp_path) as server:
        pids, answers = server.worker_pids(), []
        waiting = in_background(lambda: answers.append(server.score({"sleep": 1}).status))
        busy_with_run(server)
        server.process.send_signal(number)
        assert server.wait() == 0
        waiting.join()
        assert answers == [200]
        assert not any(map(alive, pids))


@pytest.mark.parametrize("order", ["sleep", "hold_gil"])
def test_a_stop_takes_no_longer_than_the_grace(tmp_path: Path, order: str) -> None:
    """Behind a run() that does not end, even one that never lets go of the GIL, the server is gone after --grace."""
    with running_server(SCRIPT, "--grace", "1", cwd=tmp_path) as server:
        pids = server.worker_pids()
        in_background(lambda: server.score({order: 60}))
        eventually((tmp_path / "began").exists, "run() has begun")  # a worker whose GIL is held cannot say so
        begun = time.monotonic()
        server.process.terminate()
        assert server.wait() == 0
        assert time.monotonic() - begun < 3
        assert not any(map(alive, pids))


def test_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    """Ctrl+C twice does not wait for the grace."""
    with running_server(SCRIPT, cwd=tmp_path) as server:
        pids = server.worker_pids()
        in_background(lambda: server.score({"sleep": 60}))
        busy_with_run(server)
        server.process.send_signal(signal.SIGINT)
        eventually(lambda: not connects(server.port), "the stop has begun")
        server.process.send_signal(signal.SIGINT)
        assert server.wait(10) == 130
        assert not any(map(alive, pids))


def connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def test_python_code_past_its_deadline_is_interrupted(tmp_path: Path) -> None:
    """A loop is left at the deadline, also one that catches every Exception, and the worker serves the next request."""
    with running_server(SCRIPT, cwd=tmp_path, env={"SCORING_TIMEOUT_MS": "300"}) as server:
        first = server.score({}).json
        begun = time.monotonic()
        answer = server.score({"spin": 60})
        assert time.monotonic() - begun < 5
        assert answer.status == 500
        assert "Scoring timeout after 300 ms" in answer.text
        took = metric(server.get("/metrics").text, "infsrv_run_duration_seconds_sum")
        assert 0.3 <= took < 0.3 + 0.5  # 0.1 where nothing else runs
        assert server.score({}).json == first


def test_a_worker_blocked_in_c_past_its_deadline_is_replaced(tmp_path: Path) -> None:
    """A sleep cannot be interrupted; WORKER_TIMEOUT seconds after the deadline its worker makes way for a new one."""
    env = {"SCORING_TIMEOUT_MS": "200", "WORKER_TIMEOUT": "1"}
    with running_server(SCRIPT, cwd=tmp_path, env=env) as server:
        first = server.score({}).json
        in_background(lambda: server.score({"sleep": 60}))
        eventually(lambda: "past its deadline" in server.log and "Another one" in server.log, "the worker is killed")
        assert server.score({}).json != first


def test_a_blocking_call_that_returns_is_answered_as_a_timeout(tmp_path: Path) -> None:
    """When it comes back before WORKER_TIMEOUT, the client is told of the timeout and the worker lives on."""
    with running_server(SCRIPT, cwd=tmp_path, env={"SCORING_TIMEOUT_MS": "200", "WORKER_TIMEOUT": "30"}) as server:
        first = server.score({}).json
        answer = server.score({"sleep": 0.5})
        assert answer.status == 500
        assert "Scoring timeout after 200 ms" in answer.text
        assert server.score({}).json == first


def test_a_worker_whose_gil_is_held_is_replaced(tmp_path: Path) -> None:
    """Code that never lets other threads run makes the worker mute; after WORKER_TIMEOUT a new one takes over."""
    with running_server(SCRIPT, cwd=tmp_path, env={"WORKER_TIMEOUT": "2"}) as server:
        first = server.score({}).json
        in_background(lambda: server.score({"hold_gil": 60}))
        eventually(lambda: "no sign of life" in server.log and "Another one" in server.log, "the worker is killed")
        assert server.score({}).json != first


def test_a_long_init_that_holds_the_gil_is_not_a_mute_worker(tmp_path: Path) -> None:
    """Loading a model may take longer than WORKER_TIMEOUT without letting other threads run."""
    script = SCRIPT.replace("model = os.getpid()", "ctypes.PyDLL(None).sleep(3); model = os.getpid()")
    with running_server(script, cwd=tmp_path, env={"WORKER_TIMEOUT": "1"}) as server:
        assert server.score({}).status == 200
        assert starts(tmp_path) == 1


def test_the_health_port_is_a_second_door_to_the_same_server(tmp_path: Path) -> None:
    """Asked for, it answers probes, and scoring too, as in Azure's server."""
    with running_server(SCRIPT, "--health_port", "0", cwd=tmp_path) as server:
        assert server.health_port != server.port
        with urllib.request.urlopen(f"http://127.0.0.1:{server.health_port}/livez", timeout=10) as answer:
            assert answer.status == 200


def test_a_module_in_the_current_folder_does_not_shadow_the_server_s(tmp_path: Path) -> None:
    """The command does not look into the current folder for its modules, and its workers do not either."""
    for name in ("flask.py", "granian.py", "select.py", "inference_server.py"):
        (tmp_path / name).write_text("raise RuntimeError('the wrong module')\n")
    elsewhere = tmp_path / "script"
    elsewhere.mkdir()
    (elsewhere / "score.py").write_text(SCRIPT)
    infsrv = "import sys; sys.path[:] = filter(None, sys.path); from inference_server.cli import main; sys.exit(main())"
    command = (sys.executable, "-c", infsrv)
    flags = ("--port", "0")
    with start_server(elsewhere / "score.py", *flags, cwd=tmp_path, command=command) as server:
        server.wait_ready()
        assert server.score({}).status == 200


@pytest.mark.parametrize(("threads", "together"), [("1", 1), ("2", 2)])
def test_as_many_run_at_a_time_as_threads_were_asked_for(tmp_path: Path, threads: str, together: int) -> None:
    """One by default, so that a script need not be thread-safe; --threads raises it."""
    script = SCRIPT.replace("def init():", "inside, most = [], []\n\ndef init():")
    script = script.replace("    order =", COUNT_TOGETHER + "    order =")
    with running_server(script, "--threads", threads, cwd=tmp_path) as server:
        clients = [in_background(lambda: server.score({})) for _ in range(8)]
        for client in clients:
            client.join()
        assert server.score({}).json == together


def test_settings_are_in_no_command_line(tmp_path: Path) -> None:
    """Anybody on the machine can read the arguments of a process: a worker's hold nothing but its socket."""
    key = "0b4b7a08-28d2-4f6e-a7f6-3d9f4b9b8a30"
    with running_server(SCRIPT, cwd=tmp_path, env={"AML_APP_INSIGHTS_KEY": key}) as server:
        (worker,) = server.worker_pids()
        assert key.encode() not in Path(f"/proc/{worker}/cmdline").read_bytes()


def test_the_master_stays_small(tmp_path: Path) -> None:
    """It imports no web framework: it stays under 30 MB, and under half of its worker."""
    with running_server(SCRIPT, cwd=tmp_path) as server:
        (worker,) = server.worker_pids()
        assert resident_mb(server.process.pid) < 30
        assert resident_mb(server.process.pid) < resident_mb(worker)
        maps = Path(f"/proc/{server.process.pid}/maps").read_text()
        assert "_granian" not in maps


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
