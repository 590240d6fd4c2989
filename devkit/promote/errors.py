"""Why a promotion does not go on."""

from __future__ import annotations

__all__ = ["ForeignChangeError", "PromotionError"]


class PromotionError(Exception):
    """A promotion is refused, or a step of it failed. ``str(error)`` says what happened, why, and what to do.

    Attributes:
        log: the end of what the container or the build printed; empty where there is none.
    """

    def __init__(self, message: str, *, log: str = "") -> None:
        super().__init__(message)
        self.log = log


class ForeignChangeError(PromotionError):
    """Somebody else changed the endpoint meanwhile: going back by itself would undo what they did."""
