"""Paths into JSON values: `$.predictions[*].score`, the part of JSONPath that names places and nothing more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

__all__ = ["BadPathError", "Pattern", "Place", "shown"]

Place: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the root of a value."""

_STEP: Final = re.compile(r"""\.(?P<key>[^.\[\]"']+)|\[(?P<index>\d+|\*)\]|\["(?P<quoted>[^"]*)"\]""")
_PLAIN_KEY: Final = re.compile(r"[^.\[\]\"'*]+")


class BadPathError(ValueError):
    """A text that is no path. ``str(error)`` says what one looks like."""


@dataclass(frozen=True)
class Pattern:
    """A path in which `*` stands for any key or index."""

    text: str
    steps: tuple[str | int | None, ...]
    """None stands for any."""

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read a path.

        Raises:
            BadPathError: it does not begin with `$`, or a step cannot be read.
        """
        steps: list[str | int | None] = []
        at = 1
        if not text.startswith("$"):
            raise BadPathError(f"{text!r} is no path: one begins with $, as in $.predictions[*].score")
        while at < len(text):
            step = _STEP.match(text, at)
            if step is None:
                raise BadPathError(f'{text!r} cannot be read from {text[at:]!r} on: write .key, [0], [*] or ["a key"]')
            steps.append(_step(step))
            at = step.end()
        return cls(text, tuple(steps))

    def matches(self, place: Place) -> bool:
        """Whether the path names `place` itself."""
        return len(place) == len(self.steps) and self.covers(place)

    def covers(self, place: Place) -> bool:
        """Whether the path names `place` or something that holds it."""
        return len(place) >= len(self.steps) and all(
            step is None or step == part for step, part in zip(self.steps, place, strict=False)
        )


def _step(match: re.Match[str]) -> str | int | None:
    key, index, quoted = match["key"], match["index"], match["quoted"]
    if index is not None:
        return None if index == "*" else int(index)
    if quoted is not None:
        return quoted
    return None if key == "*" else key


def shown(place: Place) -> str:
    """A place as `Pattern.parse` reads it."""
    return "$" + "".join(_shown_step(part) for part in place)


def _shown_step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN_KEY.fullmatch(part) else f'["{part}"]'
