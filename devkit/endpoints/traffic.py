"""Traffic as the command line writes it: ``blue=90 green=10``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["parse_traffic", "shown_traffic"]

_SEPARATORS = re.compile(r"[\s,]+")


def parse_traffic(text: str) -> dict[str, int]:
    """Read ``blue=90 green=10``; commas separate as well, and nothing means no traffic at all.

    What the percentages may add up to is the endpoint's matter.

    Raises:
        ValueError: a pair is none, a percentage is no whole number, or a deployment is named twice.
    """
    traffic: dict[str, int] = {}
    for pair in filter(None, _SEPARATORS.split(text.strip().strip("'\""))):
        name, equals, percent = pair.partition("=")
        if not (name and equals and percent.isdecimal()):
            raise ValueError(f"{pair!r} is no share of traffic. Write deployment=percent, as in blue=90 green=10.")
        if name in traffic:
            raise ValueError(f"{name} has two shares in {text!r}. Name each deployment once.")
        traffic[name] = int(percent)
    return traffic


def shown_traffic(traffic: Mapping[str, int]) -> str:
    """The same back, for a table."""
    return " ".join(f"{name}={percent}" for name, percent in traffic.items())
