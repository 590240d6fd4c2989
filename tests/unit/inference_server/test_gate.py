from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from inference_server.gate import RunGate

if TYPE_CHECKING:
    from collections.abc import Callable


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.001)
    return True


@pytest.mark.parametrize("slots", [1, 3])
def test_no_more_than_its_slots_run_at_once(slots: int) -> None:
    """With N slots and many threads, N and never more are inside."""
    gate, inside, most = RunGate(slots), [], []
    together = threading.Barrier(slots)

    def run() -> None:
        for _ in range(20):
            with gate:
                inside.append(None)
                together.wait(5)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=run) for _ in range(slots * 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == slots
    assert gate.in_flight == 0


@pytest.mark.parametrize("slots", [1, 2])
def test_an_exclusive_turn_waits_for_the_requests_in_progress(slots: int) -> None:
    """A live update begins only when the last run() has ended, and new ones wait for its end."""
    gate, order = RunGate(slots), []
    entered, leave = threading.Event(), threading.Event()

    def old_request() -> None:
        with gate:
            entered.set()
            leave.wait(5)
            order.append("old")

    def update() -> None:
        with gate.exclusive(timeout=5):
            order.append("update")

    def new_request() -> None:
        with gate:
            order.append("new")

    threads = [threading.Thread(target=target) for target in (old_request, update, new_request)]
    threads[0].start()
    entered.wait(5)
    threads[1].start()
    assert eventually(lambda: gate._opened is not None)
    threads[2].start()
    leave.set()
    for thread in threads:
        thread.join()
    assert order == ["old", "update", "new"]


def test_an_exclusive_turn_that_comes_too_late_lets_requests_go_on() -> None:
    """While a request is held, TimeoutError comes in time and other requests run as if nothing had been asked."""
    gate = RunGate(2)
    with gate:
        with pytest.raises(TimeoutError, match=r"1 run\(\) still in progress after 0.05 s"), gate.exclusive(0.05):
            pytest.fail("the turn was given while a run() was in progress")
        with gate:
            assert gate.in_flight == 2
    with gate.exclusive(0.05):
        assert gate.in_flight == 0


def test_an_exclusive_turn_is_not_starved_by_a_stream_of_requests() -> None:
    """Under a load that never leaves the gate empty an exclusive turn still comes."""
    gate, stop = RunGate(1), threading.Event()

    def load() -> None:
        while not stop.is_set():
            with gate:
                pass

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            with gate.exclusive(timeout=5):
                assert gate.in_flight == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_an_error_inside_frees_the_slot() -> None:
    """A run() that raises, and an update that raises, leave the gate open."""
    gate = RunGate(1)
    with pytest.raises(ZeroDivisionError), gate:
        _ = 1 / 0
    with pytest.raises(ZeroDivisionError), gate.exclusive(1):
        _ = 1 / 0
    with gate.exclusive(0):
        pass


def test_a_gate_has_at_least_one_slot() -> None:
    """Zero slots would block every request for ever, so they are refused."""
    with pytest.raises(ValueError, match="at least one slot"):
        RunGate(0)
