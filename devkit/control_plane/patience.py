"""Repeating a request that a busy service put off, or that was cut off on its way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from devkit.control_plane.errors import NotReachedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.control_plane.polling import Answer

__all__ = ["Patience"]

_PUT_OFF: Final = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_PAUSE_S: Final = 1.0


@dataclass(frozen=True)
class Patience:
    """How often, and after how long. Every request of ours can be repeated: it says what is to be, not what to add."""

    attempts: int = 6
    longest_s: float = 120.0
    """A Retry-After beyond it is not waited for in full."""
    sleep: Callable[[float], None] = time.sleep

    def ask(self, request: Callable[[], Answer]) -> Answer:
        """The first answer that is none of "later"; the last one when they all are.

        Raises:
            NotReachedError: nobody answered, each time.
        """
        for attempt in range(1, self.attempts):
            try:
                answer = request()
            except NotReachedError:
                self.sleep(self._pause(attempt, None))
                continue
            if answer.status not in _PUT_OFF:
                return answer
            self.sleep(self._pause(attempt, answer.retry_after_s))
        return request()

    def _pause(self, attempt: int, told: float | None) -> float:
        """What the service asks for, else twice as long each time."""
        return min(self.longest_s, _FIRST_PAUSE_S * 2 ** (attempt - 1) if told is None else told)
