"""How long to wait before an instance that died is started again; pure."""

from __future__ import annotations

__all__ = ["STABLE_SECONDS", "pause"]

_FIRST_SECONDS = 0.2
_LONGEST_SECONDS = 60.0
STABLE_SECONDS = 60.0
"""An instance that was ready for as long has its earlier restarts forgiven."""


def pause(restarts: int) -> float:
    """Seconds to wait before restart number `restarts`, from 1: soon at first, doubling, a minute at most."""
    doublings = min(restarts - 1, 16)
    return min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0**doublings)
