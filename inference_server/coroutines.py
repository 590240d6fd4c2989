"""Run what ``async def run()`` returns, from threads that have no event loop.

A loop is kept from one request to the next, since a script may keep a client or a connection pool that belongs to it.
With one ``run()`` at a time there is one loop; a second is made only while the first is in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inference_server.deadline import Deadline, ScoringTimeout

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

__all__ = ["Coroutines"]

_BACKSTOP_S = 0.05
"""A coroutine that does not yield to its loop is interrupted this long after the loop would have cancelled it."""

_CANCEL_PATIENCE_S = 0.05


class Coroutines:
    """Runs coroutines under a time limit.

    Args:
        timeout_s: seconds a coroutine may take; None or 0 for no limit.
        suspended: while it says True the limit starts anew (a debugger is attached).
    """

    def __init__(self, timeout_s: float | None, suspended: Callable[[], bool] = lambda: False) -> None:
        self._timeout_s = timeout_s or None
        self._suspended = suspended
        self.backstop = Deadline(self._timeout_s and self._timeout_s + _BACKSTOP_S, suspended=suspended)
        self._idle: list[asyncio.AbstractEventLoop] = []

    def close(self) -> None:
        """Close the loops that are not in use."""
        while self._idle:
            self._idle.pop().close()

    def prepare(self) -> None:
        """Make a loop, and import what that takes, ahead of the first request."""
        self._give_back(self._take())

    def run(self, coroutine: Coroutine[Any, Any, Any], *, unlimited: bool = False) -> Any:
        """The result of `coroutine`; raises what it raises, and ScoringTimeout at the limit, if there is one."""
        loop = self._take()
        try:
            return self._run(loop, coroutine, unlimited=unlimited)
        finally:
            self._give_back(loop)

    def iterate(self, pieces: AsyncIterator[Any]) -> Iterator[Any]:
        """The items of an asynchronous iterator; each has the whole time limit. One loop serves them all."""
        loop = self._take()
        try:
            while True:
                try:
                    piece = self._run(loop, _next(pieces))
                except StopAsyncIteration:
                    return
                yield piece
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None and not loop.is_closed():
                self._run(loop, close())
            self._give_back(loop)

    def _take(self) -> asyncio.AbstractEventLoop:
        try:
            return self._idle.pop()
        except IndexError:
            import asyncio  # a script without coroutines need not wait for it

            return asyncio.new_event_loop()

    def _give_back(self, loop: asyncio.AbstractEventLoop) -> None:
        if not loop.is_closed():
            self._idle.append(loop)

    def _run(
        self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], *, unlimited: bool = False
    ) -> Any:
        try:
            if unlimited or self._timeout_s is None:
                return loop.run_until_complete(coroutine)
            return self.backstop.call(loop.run_until_complete, self._limited(coroutine, self._timeout_s))
        except Exception:
            raise
        except BaseException:  # a timeout, or SystemExit: the loop was left wherever it was
            _discard(loop)
            raise

    async def _limited(self, coroutine: Coroutine[Any, Any, Any], timeout_s: float) -> Any:
        import asyncio

        task = asyncio.ensure_future(coroutine)
        while True:
            done, _ = await asyncio.wait({task}, timeout=timeout_s)
            if done:
                return task.result()
            if not self._suspended():
                break
        task.cancel()
        await asyncio.wait({task}, timeout=_CANCEL_PATIENCE_S)
        raise ScoringTimeout


async def _next(pieces: AsyncIterator[Any]) -> Any:
    return await pieces.__anext__()


def _discard(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop that was interrupted anywhere; what it still ran is cancelled and not waited for."""
    import asyncio

    for task in asyncio.all_tasks(loop):
        task.cancel()
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001  the timeout was reported
    loop.close()
