"""In which steps new instances take the place of old ones; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Step", "steps"]

_PARTS = 5
"""The service replaces a fifth of the instances at a time (how-to-safely-rollout-online-endpoints, 2026-11)."""


@dataclass(frozen=True)
class Step:
    """Start some and wait until all of them are ready; then end some of the old."""

    start: int
    stop: int


def steps(old: int, new: int, wanted: int) -> Iterator[Step]:
    """The steps from `old` instances of the old generation and `new` of the new one to `wanted` of the new one alone.

    At no time do fewer serve than the smaller of what served before and what is wanted. Where nothing serves yet, all
    are started at once.
    """
    batch = max(1, wanted // _PARTS) if old else wanted
    while new < wanted or old:
        start = min(batch, max(0, wanted - new))
        new += start
        stop = min(old, batch) if new < wanted else old
        old -= stop
        yield Step(start, stop)
