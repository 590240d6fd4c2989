"""Whether memory grows from one live update to the next: figures to a verdict, pure."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FEWEST", "Growth", "LiveUpdates", "growth_of"]

FEWEST = 20
"""Live updates, below which a trend cannot be told from chance."""
_LEAK_BYTES = 256 * 1024
"""An update; allocators and caches move by less, a model that is kept is more."""


class Growth(BaseModel):
    """How memory went."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: int
    """Before the first update, in bytes."""
    after: int
    """After the last one, in bytes."""
    per_update: float
    """Bytes an update, once the first ones had warmed up: what it grew by at least, from one stretch to the next."""

    @property
    def grows(self) -> bool:
        """Whether it goes on growing, by more than allocators and caches do."""
        return self.per_update > _LEAK_BYTES


class LiveUpdates(BaseModel):
    """What so many live updates that ran `init()` again came to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int
    memory: Growth | None = None
    """Resident; None where the system does not tell."""
    gpu_memory: Growth | None = None
    """None where nothing was held of a GPU."""

    @property
    def leaks(self) -> bool:
        """Whether either goes on growing."""
        return any(each is not None and each.grows for each in (self.memory, self.gpu_memory))


def growth_of(samples: Sequence[int | None]) -> Growth | None:
    """The trend of one figure for each moment: before the first update, and after each; None where any is missing.

    The medians of the last three quarters are compared, each with the one before, and the lesser rise is the trend. A
    step is none: allocators take the room of a former model or two, as glibc does, and then no more. Neither is what
    the first updates import, nor a single high figure.
    """
    known = [each for each in samples if each is not None]
    if len(known) != len(samples) or len(known) <= FEWEST:
        return None
    quarter = len(known) // 4
    end = len(known)
    first, second, third = (median(known[end - each * quarter : end - (each - 1) * quarter]) for each in (3, 2, 1))
    return Growth(before=known[0], after=known[-1], per_update=min(second - first, third - second) / quarter)
