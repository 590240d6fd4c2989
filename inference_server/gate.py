"""At most N ``run()`` at a time in this process, and an exclusive turn between them for a live update.

Azure's server runs one request at a time in a worker, so a ``score.py`` need not be thread-safe there; it need not be
here either. Every request passes the gate, so a turn costs one lock and little more.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

__all__ = ["RunGate"]


class RunGate:
    """Hand out `slots` turns to run the user's code. ``with gate:`` takes one, and waits for it without limit.

    Raises ValueError for less than one slot.
    """

    __slots__ = ("_acquire", "_exclusive", "_opened", "_release", "_running", "slots")

    def __init__(self, slots: int = 1) -> None:
        if slots < 1:
            raise ValueError(f"a gate needs at least one slot, not {slots}")
        self.slots = slots
        turns = threading.Lock() if slots == 1 else threading.BoundedSemaphore(slots)
        self._acquire = turns.acquire
        self._release = turns.release
        self._running: list[None] = []  # its length is the count: append and pop need no lock
        self._exclusive = threading.Lock()
        self._opened: threading.Event | None = None

    def __enter__(self) -> None:
        opened = self._opened
        if opened is not None:  # someone waits for an exclusive turn: a stream of requests must not starve it
            opened.wait()
        self._acquire()
        self._running.append(None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._running.pop()
        self._release()

    @property
    def in_flight(self) -> int:
        """How many ``run()`` are in progress; an exclusive turn is not one."""
        return len(self._running)

    @contextmanager
    def exclusive(self, timeout: float) -> Iterator[None]:
        """Take every slot: no ``run()`` is in progress inside the ``with`` block, and new requests wait for its end.

        When the slots are not all free within `timeout` seconds, those taken are given back, the requests that waited
        go on, and TimeoutError is raised.
        """
        deadline = time.monotonic() + timeout
        if not self._exclusive.acquire(timeout=timeout):
            raise TimeoutError(f"another exclusive turn lasted longer than {timeout:g} s")
        opened = self._opened = threading.Event()
        taken = 0
        try:
            while taken < self.slots:
                if not self._acquire(timeout=max(0.0, deadline - time.monotonic())):
                    raise TimeoutError(f"{self.in_flight} run() still in progress after {timeout:g} s")
                taken += 1
            yield
        finally:
            for _ in range(taken):
                self._release()
            self._opened = None
            opened.set()
            self._exclusive.release()
