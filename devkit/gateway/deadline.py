"""The time that a request has, which does not count while a debugger holds its instance."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devkit.gateway.routing import LiveTarget

__all__ = ["Deadline"]


class Deadline:
    """Cancels the current task after `timeout_s`; `expired` tells such a cancellation from a client's leaving.

    Args:
        timeout_s: seconds from now.
    """

    __slots__ = ("_handle", "_loop", "_task", "_timeout_s", "expired", "target")

    def __init__(self, timeout_s: float) -> None:
        self.expired = False
        self.target: LiveTarget | None = None
        """The instance that has the request; it may be told later that its timeout is off."""
        self._timeout_s = timeout_s
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._handle = self._loop.call_later(timeout_s, self._expire)

    def stop(self) -> None:
        """Count no longer."""
        self._handle.cancel()

    def forgive(self) -> None:
        """After its cancellation was caught: let the task go on as one that was never cancelled."""
        if sys.version_info >= (3, 11) and self._task is not None:
            self._task.uncancel()

    def _expire(self) -> None:
        if self.target is not None and self.target.no_timeout:
            self._handle = self._loop.call_later(self._timeout_s, self._expire)
            return
        self.expired = True
        if self._task is not None:
            self._task.cancel()
