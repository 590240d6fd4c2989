"""How exactly an answer has to be the recorded one: tolerances, order, and what does not count."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devkit.golden.paths import Pattern, Place

__all__ = ["EXACT", "Rules", "Tolerance"]


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be off; it is near enough when either bound holds, as in `math.isclose`."""

    absolute: float = 0.0
    relative: float = 0.0
    """Of the larger of the two numbers."""

    def accepts(self, expected: float, actual: float) -> bool:
        """Whether `actual` will do. Two NaN are equal; an infinity equals itself alone."""
        if math.isnan(expected) or math.isnan(actual):
            return math.isnan(expected) and math.isnan(actual)
        return math.isclose(expected, actual, abs_tol=self.absolute, rel_tol=self.relative)


EXACT = Tolerance()


@dataclass(frozen=True)
class Rules:
    """What counts as the same answer.

    Without any: equal values, equal order of lists, any order of keys; integers and floats of one value are equal, as
    JSON does not tell them apart.
    """

    tolerance: Tolerance = EXACT
    """Of every number that no path below names."""
    tolerances: tuple[tuple[Pattern, Tolerance], ...] = field(default_factory=tuple)
    """Of the numbers at or below each path; the last that names a place wins."""
    ignored: tuple[Pattern, ...] = ()
    """What may differ, be missing or be new."""
    unordered: tuple[Pattern, ...] = ()
    """Lists whose order does not count."""
    latency_ms: float | None = None
    """How long the answer may take; None for as long as it likes."""

    def tolerance_at(self, place: Place) -> Tolerance:
        """What a number at `place` may be off by."""
        named = [tolerance for pattern, tolerance in self.tolerances if pattern.covers(place)]
        return named[-1] if named else self.tolerance

    def ignores(self, place: Place) -> bool:
        """Whether what is at `place` does not count."""
        return any(pattern.covers(place) for pattern in self.ignored)

    def is_unordered(self, place: Place) -> bool:
        """Whether the list at `place` may come in any order."""
        return any(pattern.matches(place) for pattern in self.unordered)
