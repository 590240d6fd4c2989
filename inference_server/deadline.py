"""Interrupt Python code inside ``run()`` at its deadline, and never outside it.

``PyThreadState_SetAsyncExc`` asks the interpreter to raise an exception in another thread at its next bytecode. That
reaches code in every thread of every server (a signal reaches the main thread only) and, as a BaseException, is not
swallowed by a script's ``except Exception``. It has two dangers, and this module is mostly about them:

* The exception may still be pending when ``run()`` returns. The serving thread and the watchdog therefore shake hands:
  the serving thread says *finished*, then looks whether a strike was begun; the watchdog says *begun*, then looks
  whether the call is finished. At least one of them sees the other, whatever the order, and without a lock.
* A script may catch it. The watchdog strikes again until the call is finished.

Code that is blocked in C (a sleep, a socket, a long numpy call) is reached when it returns to Python; `overdue` tells
how long that has been, so that a master can replace the process.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["Deadline", "ScoringTimeout"]

_STRIKE_AGAIN_S = 0.05
"""A script that caught the exception gets this long to clean up before the next one."""

_PULSE_MS = 20
"""How long one strike waits to be noticed; Python code does within 5 ms, and more on a loaded machine."""

_DELICATE_PATIENCE_S = 0.05
_DELICATE_RETRY_S = 0.001
_DELICATE_MODULES = frozenset({"threading", "importlib._bootstrap", "_frozen_importlib"})
_DELICATE_LOGGING = frozenset({"acquire", "handle", "release", "_acquireLock", "_releaseLock"})
"""An exception between ``lock.acquire()`` and the ``try`` after it leaves the lock taken for ever. Where all requests
share the lock (a logging handler's, the import system's), the strike waits for the next line of other code. Of logging
only the functions around its locks count: a script that logs all the time would run out of the patience above."""

_monotonic = time.monotonic
_get_ident = threading.get_ident


class ScoringTimeout(BaseException):
    """``run()`` was not done at its deadline."""


class _FlagLowered(BaseException):
    """Raised in the watchdog, by itself."""


class _Call:
    """One guarded call. The watchdog writes `begun` and `striking`; the serving thread writes `finished`."""

    __slots__ = ("begun", "deadline", "finished", "striking", "thread_id")

    def __init__(self, thread_id: int, deadline: float) -> None:
        self.thread_id = thread_id
        self.deadline = deadline  # on time.monotonic()'s scale
        self.begun = False
        self.striking = False
        self.finished = False


class Deadline:
    """Guard calls with one time limit; one watchdog thread serves them all and sleeps while nothing is due.

    Args:
        timeout_s: seconds a call may take; None or 0 for no limit.
        suspended: while it says True (a debugger is attached) no deadline fires: the call gets `timeout_s` anew.
    """

    def __init__(self, timeout_s: float | None, *, suspended: Callable[[], bool] = lambda: False) -> None:
        self.timeout_s = timeout_s or None
        self._suspended = suspended
        self._calls: dict[int, _Call] = {}
        self._watchdog: threading.Thread | None = None
        self._starting = threading.Lock()

    def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``function(*args, **kwargs)`` returns, in this thread.

        Raises ScoringTimeout when the deadline came first, even where the function caught the exception, raised
        another one for it, or returned a result after it; anything else the function raises is passed on.
        """
        if self.timeout_s is None:
            return function(*args, **kwargs)
        if self._watchdog is None:
            self._start()
        thread_id = _get_ident()
        call = self._calls[thread_id] = _Call(thread_id, _monotonic() + self.timeout_s)
        try:
            try:
                return function(*args, **kwargs)
            finally:
                call.finished = True
        finally:
            call.finished = True  # once more: a strike may have come just before the line above
            del self._calls[thread_id]
            if call.begun:
                try:
                    _disarm(call)
                except ScoringTimeout:  # the one that was under way; no other follows a call that is finished
                    _disarm(call)
            watchdog_too_slow = _monotonic() > call.deadline and not self._suspended()
            if (call.begun or watchdog_too_slow) and not isinstance(sys.exc_info()[1], ScoringTimeout):
                raise ScoringTimeout  # unless one is under way, which shows the line that was interrupted

    def overdue(self) -> float:
        """Seconds that the longest call is past its deadline; 0.0 when none is."""
        due = [call.deadline for call in list(self._calls.values()) if not call.finished]
        if not due or self._suspended():
            return 0.0
        return max(0.0, _monotonic() - min(due))

    def _start(self) -> None:
        with self._starting:
            if self._watchdog is None:
                watchdog = threading.Thread(target=self._watch, name="deadline-watchdog", daemon=True)
                watchdog.start()
                self._watchdog = watchdog

    def _watch(self) -> None:
        while True:
            time.sleep(self._strike_due_calls())

    def _strike_due_calls(self) -> float:
        """Strike what is due; return the seconds until something can be due again.

        All calls have the same limit, so one that begins after this look is due after the next look at the earliest.
        """
        assert self.timeout_s is not None  # noqa: S101  call() starts the watchdog only with a limit
        now = _monotonic()
        next_look = now + self.timeout_s
        for call in list(self._calls.values()):
            if call.deadline <= now and self._suspended():
                call.deadline = now + self.timeout_s
            due = call.deadline if call.deadline > now else now + _strike(call, now)
            next_look = min(next_look, due)
        return max(0.0, next_look - _monotonic())


def _strike(call: _Call, now: float) -> float:
    """Raise ScoringTimeout in the call's thread unless the call is finished; return the seconds until the next look."""
    call.begun = True
    if _is_delicate(call.thread_id) and now < call.deadline + _DELICATE_PATIENCE_S:
        return _DELICATE_RETRY_S
    call.striking = True
    if not call.finished:
        _pulse(call)
    call.striking = False
    return _STRIKE_AGAIN_S


def _pulse(call: _Call) -> None:
    """Have the exception pending in the call's thread for a moment, then take it back if it was not raised.

    It must not stay pending while a thread is blocked in C. CPython 3.10 to 3.12 keeps one flag for all threads while
    one of them has an exception pending, and taking it back by itself leaves the flag set; with the flag set, 3.11 does
    not get past the first instruction of any function in a thread that is traced (coverage, a debugger). So it is
    lowered by raising an exception in this thread, and this function calls nothing that is written in Python meanwhile.
    """
    import ctypes  # 5 ms that a server whose scripts are in time need not spend

    raise_in, sleep = ctypes.pythonapi.PyThreadState_SetAsyncExc, time.sleep
    target, this = ctypes.c_ulong(call.thread_id), ctypes.c_ulong(_get_ident())
    timeout, lowered, nothing = ctypes.py_object(ScoringTimeout), ctypes.py_object(_FlagLowered), ctypes.py_object()
    try:
        raise_in(target, timeout)
        for _ in range(_PULSE_MS):
            sleep(0.001)
            if call.finished:
                break
        raise_in(target, nothing)
        raise_in(this, lowered)
        while True:
            sleep(0)
    except _FlagLowered:
        pass


def _disarm(call: _Call) -> None:
    """Wait until no strike is under way; then none is pending either. For the call's own thread, when finished."""
    while call.striking:
        time.sleep(0.0005)  # lets the watchdog have the interpreter


def _is_delicate(thread_id: int) -> bool:
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001  documented, in spite of its name
    if frame is None:
        return False
    module = frame.f_globals.get("__name__")
    return module in _DELICATE_MODULES or (module == "logging" and frame.f_code.co_name in _DELICATE_LOGGING)
