"""ISO 8601 durations, which the REST API takes where a document has seconds or milliseconds."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

__all__ = ["duration_ms", "iso_duration"]

_MS: Final = 1000
_DURATION: Final = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?$"
)


def iso_duration(milliseconds: int) -> str:
    """A span of time as azure-ai-ml writes it: 500 gives ``PT0.5S``, 90000 ``PT1M30S``, 90000000 ``P1DT1H``."""
    if milliseconds < 0:
        return f"-{iso_duration(-milliseconds)}"
    rest, millis = divmod(milliseconds, _MS)
    rest, seconds = divmod(rest, 60)
    rest, minutes = divmod(rest, 60)
    days, hours = divmod(rest, 24)
    fraction = f".{millis:03d}".rstrip("0") if millis else ""
    time = "".join(
        (
            f"{hours}H" if hours else "",
            f"{minutes}M" if minutes else "",
            f"{seconds}{fraction}S" * bool(seconds or millis),
        )
    )
    if not days and not time:
        return "PT0S"
    return "P" + (f"{days}D" if days else "") + (f"T{time}" if time else "")


def duration_ms(text: str) -> int:
    """The milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds; parts of one are rounded.

    Raises:
        ValueError: it is none, or has years or months, which have no fixed length.
    """
    sign = -1 if text.startswith("-") else 1
    match = _DURATION.match(text.lstrip("+-"))
    parts = {name: float(value) for name, value in match.groupdict().items() if value} if match else {}
    if not parts:
        raise ValueError(f"'{text}' is no ISO 8601 duration such as PT1M30S")
    return sign * round(timedelta(**parts) / timedelta(milliseconds=1))
