from __future__ import annotations

import re
import subprocess
import sys
import threading

import pytest

from inference_server.metrics import MetricsBoard, Phase


def value(text: str, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    assert found, f"{series} is not in\n{text}"
    return float(found.group(1))


def test_counters_of_all_workers_are_added_up() -> None:
    """What two workers count, the text shows as one server's."""
    board = MetricsBoard.create(slots=2)
    for index, seconds in ((0, 0.002), (1, 0.2), (1, 500.0)):
        board.slot(index).enter()
        board.slot(index).observe_run(seconds)
        board.slot(index).leave(200, seconds)
    board.slot(0).enter()
    text = board.render()
    assert value(text, 'infsrv_requests_total{code="200"}') == 3
    assert value(text, "infsrv_requests_in_flight") == 1
    for name in ("infsrv_request_duration_seconds", "infsrv_run_duration_seconds"):
        assert value(text, f'{name}_bucket{{le="0.001"}}') == 0
        assert value(text, f'{name}_bucket{{le="0.0025"}}') == 1
        assert value(text, f'{name}_bucket{{le="300.0"}}') == 2
        assert value(text, f'{name}_bucket{{le="+Inf"}}') == 3
        assert value(text, f"{name}_sum") == pytest.approx(500.202)
        assert value(text, f"{name}_count") == 3


def test_a_value_on_a_bound_is_inside_its_bucket() -> None:
    """Prometheus' ``le`` means less than or equal."""
    slot_board = MetricsBoard.create()
    slot_board.slot(0).observe_run(0.001)
    assert value(slot_board.render(), 'infsrv_run_duration_seconds_bucket{le="0.001"}') == 1


def test_every_line_is_prometheus_text() -> None:
    """Each line is a HELP, a TYPE, or a sample of a metric announced before, and the text ends with a newline."""
    board = MetricsBoard.create(slots=2)
    board.slot(0).leave(503, 0.1)
    announced = set()
    for line in board.render().splitlines():
        if line.startswith("# TYPE "):
            announced.add(line.split()[2])
        elif not line.startswith("# HELP "):
            sample = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"]+"(,[a-z]+="[^"]+")*\})? -?[0-9.e+-]+', line)
            assert sample, line
            assert re.sub(r"_(bucket|sum|count)$", "", sample.group(1)) in announced
    assert board.render().endswith("\n")


def test_a_replaced_worker_keeps_its_counters_and_loses_its_state() -> None:
    """A counter never goes back; a request that died with its worker is no longer in flight."""
    slot = MetricsBoard.create().slot(0)
    slot.begin()
    slot.enter()
    slot.leave(200, 0.1)
    slot.enter()
    slot.set_generation(4)
    slot.set_phase(Phase.FAILED, "no such model")
    slot.begin()
    assert slot.in_flight == 0
    assert slot.state[:4] == (Phase.STARTING, "", False, 0)
    assert slot.copy()[10 + 2 * 17 + 100] == 1  # requests answered with 200


def test_the_reason_of_a_failure_survives_any_text() -> None:
    """A long reason, or one with characters that do not encode, is cut or replaced and never an error."""
    slot = MetricsBoard.create().slot(0)
    slot.set_phase(Phase.FAILED, "Ä" * 5000)
    assert slot.state.reason.startswith("ÄÄÄ")
    slot.set_phase(Phase.FAILED, "lone \udc80 surrogate")
    assert slot.state.reason == "lone ? surrogate"


def test_threads_lose_no_increment() -> None:
    """Threads of one worker count into the same cells without a lock and nothing is lost."""
    board = MetricsBoard.create()
    slot = board.slot(0)

    def count() -> None:
        for _ in range(20_000):
            slot.enter()
            slot.leave(200, 0.1)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert value(board.render(), 'infsrv_requests_total{code="200"}') == 80_000
    assert slot.in_flight == 0


def test_another_process_counts_into_the_same_board() -> None:
    """What a worker process counts, the board that made the memory sees, also after the process has died."""
    board = MetricsBoard.create(slots=2)
    code = (
        "import os; from inference_server.metrics import MetricsBoard\n"
        f"slot = MetricsBoard.attach({board.handle!r}).slot(1)\n"
        "slot.begin(); slot.leave(500, 1.5); os._exit(9)"
    )
    inherited = (board.handle,) if isinstance(board.handle, int) else ()
    died = subprocess.run([sys.executable, "-c", code], pass_fds=inherited, check=False)
    assert died.returncode == 9
    assert value(board.render(), 'infsrv_requests_total{code="500"}') == 1
    assert value(board.render(), "infsrv_worker_starts_total") == 1


def test_a_worker_that_is_not_asked_does_not_make_the_server_unready() -> None:
    """While one worker answers, another that is being replaced and accepts nothing is no reason to end the traffic."""
    board = MetricsBoard.create(slots=2)
    answering, replaced = board.slot(0), board.slot(1)
    assert board.readiness().phase is Phase.STARTING
    answering.set_phase(Phase.READY)
    assert board.readiness().phase is Phase.READY
    replaced.accepting = True
    assert board.readiness().phase is Phase.STARTING
    replaced.set_phase(Phase.FAILED, "no such model")
    assert board.readiness().reason == "no such model"
    replaced.reset()
    assert board.readiness().phase is Phase.READY
