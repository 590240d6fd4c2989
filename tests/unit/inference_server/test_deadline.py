from __future__ import annotations

import contextlib
import logging
import random
import sys
import threading
import time

import pytest

from inference_server.deadline import Deadline, ScoringTimeout


def spin(seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
    return "done"


def spin_through_everything(seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(BaseException):  # what a careless script does
            spin(end - time.monotonic())
    return "done"


def test_python_code_is_interrupted_within_100_ms() -> None:
    """A loop that would run for 20 s is left 100 ms after its deadline at the latest (500 ms on a loaded machine)."""
    begun = time.monotonic()
    with pytest.raises(ScoringTimeout):
        Deadline(0.1).call(spin, 20)
    assert time.monotonic() - begun < 0.6


def test_the_traceback_shows_the_interrupted_line() -> None:
    """The exception comes from inside the user's function, so that a log can say where the time went."""
    with pytest.raises(ScoringTimeout) as caught:
        Deadline(0.05).call(spin, 20)
    assert "spin" in [entry.name for entry in caught.traceback]


def test_except_exception_does_not_swallow_it() -> None:
    """It is not an Exception: a script's catch-all leaves it alone."""

    def careless() -> str:
        try:
            return spin(20)
        except Exception:  # noqa: BLE001  what scripts do
            return "swallowed"

    with pytest.raises(ScoringTimeout):
        Deadline(0.05).call(careless)


def test_it_is_repeated_until_it_takes_effect() -> None:
    """A script that catches BaseException once, as a retry loop does, is interrupted again."""
    strikes = []

    def stubborn() -> None:
        for _ in range(3):
            try:
                spin(20)
            except BaseException as strike:  # noqa: BLE001, PERF203  what a retry loop does
                strikes.append(strike)
        spin(20)

    with pytest.raises(ScoringTimeout):
        Deadline(0.05).call(stubborn)
    assert [type(strike) for strike in strikes] == [ScoringTimeout] * 3


def test_a_late_result_is_a_timeout() -> None:
    """A script that swallows the interruption and returns something has still missed its deadline."""

    def late() -> str:
        with contextlib.suppress(BaseException):
            spin(20)
        return "too late"

    with pytest.raises(ScoringTimeout):
        Deadline(0.05).call(late)


def test_a_blocking_call_is_a_timeout_when_it_returns() -> None:
    """Code in C cannot be interrupted; it is a timeout as soon as it comes back, and is reported overdue until then."""
    deadline, held, seen = Deadline(0.05), threading.Lock(), list[float]()

    def release_when_overdue() -> None:
        end = time.monotonic() + 20
        while not seen and time.monotonic() < end:
            seen.extend(each for each in [deadline.overdue()] if each > 0.05)
            time.sleep(0.001)  # and leaves the interpreter to the watchdog
        held.release()

    held.acquire()
    watcher = threading.Thread(target=release_when_overdue)
    watcher.start()
    with pytest.raises(ScoringTimeout):
        deadline.call(held.acquire)
    watcher.join()
    assert seen


def test_a_late_return_is_a_timeout_though_the_watchdog_never_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine too busy to run the watchdog in time, the clock alone decides."""
    monkeypatch.setattr(Deadline, "_watch", lambda _: None)
    with pytest.raises(ScoringTimeout):
        Deadline(0.01).call(time.sleep, 0.02)


def test_results_and_errors_of_the_function_pass_through() -> None:
    """In time, the call is transparent: arguments, result, exceptions, a script's own TimeoutError."""

    def run(error: Exception) -> None:
        raise error

    deadline = Deadline(60)
    assert deadline.call(divmod, 7, 2) == (3, 1)
    own = TimeoutError("mine")
    with pytest.raises(TimeoutError) as caught:
        deadline.call(run, error=own)
    assert caught.value is own


@pytest.mark.parametrize("limit", [None, 0])
def test_no_limit_starts_no_watchdog(limit: float | None) -> None:
    """Without a limit nothing is guarded, as 0 means to Azure's server."""
    deadline = Deadline(limit)
    assert deadline.call(spin, 0.01) == "done"
    assert deadline._watchdog is None


def test_nothing_fires_while_suspended() -> None:
    """A debugger that holds a request does not cost it its deadline; when it is gone the limit counts anew."""
    attached = True
    deadline = Deadline(0.05, suspended=lambda: attached)
    assert deadline.call(spin, 0.3) == "done"
    assert deadline.overdue() == 0.0
    attached = False
    with pytest.raises(ScoringTimeout):
        deadline.call(spin, 20)


def test_a_strike_spares_code_between_a_lock_and_its_release() -> None:
    """However often a script is interrupted while it logs, the handler's lock is free afterwards."""
    logger = logging.Logger("busy")  # noqa: LOG001  of no hierarchy: nothing else may write to it
    handler = logging.Handler()
    handler.emit = lambda record: None  # type: ignore[method-assign]
    logger.addHandler(handler)
    deadline = Deadline(0.003)

    def log_for_ever() -> None:
        while True:
            logger.info("still at it")

    for _ in range(60):
        with pytest.raises(ScoringTimeout):
            deadline.call(log_for_ever)
    free = []
    other = threading.Thread(target=lambda: free.append(handler.lock is not None and handler.lock.acquire(timeout=2)))
    other.start()
    other.join()
    assert free == [True]


def test_it_is_never_delivered_outside_the_call() -> None:
    """Thousands of calls that end right at their deadline, in many threads: nothing reaches the code around them."""
    deadline = Deadline(0.004)
    timeouts, results, leaks = [], [], []
    end = time.monotonic() + 3

    def serve(seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311  not for secrecy
        while time.monotonic() < end:
            try:
                try:
                    function = rng.choice([spin, time.sleep, spin_through_everything])
                    deadline.call(function, 0.004 + rng.uniform(-0.001, 0.001))
                    results.append(1)
                except ScoringTimeout:
                    timeouts.append(1)
                for _ in range(100):
                    rng.random()
            except BaseException as leak:  # noqa: BLE001, PERF203  what must not happen is caught here
                leaks.append(leak)

    threads = [threading.Thread(target=serve, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert leaks == []
    assert timeouts
    assert results
    assert deadline._calls == {}


def test_a_strike_under_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the call ends between the watchdog's look and its strike, the strike still does not come out."""
    from inference_server import deadline as module

    real, looked, ended = module._pulse, threading.Event(), threading.Event()

    def slow_pulse(call: module._Call) -> None:
        looked.set()
        ended.wait(5)  # the call ends exactly here
        real(call)

    def run() -> str:
        assert looked.wait(20)
        ended.set()
        return "done"

    monkeypatch.setattr(module, "_pulse", slow_pulse)
    with pytest.raises(ScoringTimeout):
        Deadline(0.05).call(run)
    spin(0.1)  # a strike that got out would come here


def test_traced_threads_go_on_while_a_blocked_call_is_overdue_and_after_it() -> None:
    """Under coverage or a debugger CPython 3.11 stands still while an exception is pending; so none stays pending."""
    deadline, held, ended, stop = Deadline(0.05), threading.Lock(), threading.Event(), threading.Event()
    during, after = list[float](), list[float]()

    def step() -> None:
        if ended.is_set():
            after.append(0.0)
        elif (overdue := deadline.overdue()) > 0:
            during.append(overdue)
            if len(during) == 3:
                held.release()

    def traced() -> None:
        sys.settrace(lambda *_: None)
        while not stop.is_set():
            step()
            time.sleep(0.001)
        sys.settrace(None)

    held.acquire()
    thread = threading.Thread(target=traced)
    thread.start()
    with pytest.raises(ScoringTimeout):
        deadline.call(held.acquire, timeout=30)
    ended.set()
    end = time.monotonic() + 30
    while len(after) < 10 and time.monotonic() < end:
        time.sleep(0.01)
    stop.set()
    thread.join()
    assert len(during) >= 3
    assert len(after) >= 10
