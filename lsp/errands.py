"""Work that ends early once nobody waits for it: the text is newer by now, or the editor took its request back."""

from __future__ import annotations

import threading

__all__ = ["Errand", "OvertakenError"]


class OvertakenError(Exception):
    """Nobody waits for this work any more."""


class Errand:
    """One piece of work in another thread, which looks now and then whether it is to end: nobody else can end it."""

    def __init__(self) -> None:
        self._abandoned = threading.Event()

    def abandon(self) -> None:
        """Let the work end at its next checkpoint."""
        self._abandoned.set()

    def checkpoint(self) -> None:
        """To be called between steps.

        Raises:
            OvertakenError: the result is of no use any more.
        """
        if self._abandoned.is_set():
            raise OvertakenError
