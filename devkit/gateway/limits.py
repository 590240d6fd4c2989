"""How many requests a deployment takes at a time.

The managed service takes `2 * max_concurrent_requests_per_instance * instance_count` requests at any moment and answers
429 to what is above it (troubleshooting online endpoints, read 2026-11). Half of them are with the instances, the other
half wait their turn, for `max_queue_wait_ms` at most.
"""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["DismissedError", "Gate", "TooManyError"]


class TooManyError(Exception):
    """There was no room, or the wait was too long; `str(error)` says which."""


class DismissedError(Exception):
    """The deployment went away while the request waited for it."""


class Gate:
    """At most `slots` requests at a time, and as many waiting, in the order in which they came.

    Belongs to one event loop. A waiter that is cancelled leaves the queue at once.
    """

    __slots__ = ("_waiters", "active", "slots", "wait_s")

    def __init__(self, slots: int, wait_s: float) -> None:
        self.slots = slots
        self.wait_s = wait_s
        self.active = 0
        self._waiters: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._waiters)

    def resize(self, slots: int, wait_s: float) -> None:
        """Take other limits at once: those who wait are let in where there is room; nobody is sent away."""
        self.slots, self.wait_s = slots, wait_s
        self._let_in()

    async def enter(self) -> None:
        """Take a slot; each `enter` that returns needs one `leave`.

        Raises:
            TooManyError: the queue is full, or `wait_s` went by.
            DismissedError: see `dismiss`.
        """
        if self.active < self.slots and not self._waiters:
            self.active += 1
            return
        if len(self._waiters) >= self.slots:
            raise TooManyError(f"{self.active} requests are being answered and {len(self._waiters)} wait")
        await self._turn()

    def leave(self) -> None:
        """Give the slot back."""
        self.active -= 1
        self._let_in()

    def dismiss(self) -> None:
        """Send away all who wait: nobody is let in here any more."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(DismissedError)

    async def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.append(waiter)
        timer = loop.call_later(self.wait_s, self._send_away, waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            self._give_up(waiter)
            raise
        finally:
            timer.cancel()

    def _send_away(self, waiter: asyncio.Future[None]) -> None:
        if not waiter.done():
            self._waiters.remove(waiter)
            waiter.set_exception(TooManyError(f"no slot became free within {self.wait_s:g} s"))

    def _give_up(self, waiter: asyncio.Future[None]) -> None:
        if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            self.leave()  # it was let in at the moment in which it was cancelled
        elif waiter in self._waiters:
            self._waiters.remove(waiter)

    def _let_in(self) -> None:
        while self._waiters and self.active < self.slots:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self.active += 1
                waiter.set_result(None)
