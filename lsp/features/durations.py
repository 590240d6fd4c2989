"""Times in words."""

from __future__ import annotations

__all__ = ["in_words"]

_UNITS = {"milliseconds": 0.001, "seconds": 1.0}
_MINUTE, _HOUR = 60, 3600


def in_words(value: object, unit: str | None) -> str | None:
    """A number of a unit as people say it: 5000 milliseconds are `5 s`; None where the number says it as well."""
    factor = _UNITS.get(unit or "")
    if factor is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    seconds = value * factor
    if factor == 1 and seconds < 2 * _MINUTE:
        return None
    if seconds >= _HOUR:
        return f"{seconds / _HOUR:.3g} h"
    return f"{seconds / _MINUTE:.3g} min" if seconds >= 2 * _MINUTE else f"{seconds:.3g} s"
