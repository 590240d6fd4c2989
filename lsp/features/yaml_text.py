"""A value as text that YAML reads as that value, in the quotes that are there already."""

from __future__ import annotations

import re

from devkit.spec import scalars

__all__ = ["as_text", "in_quotes", "opening_quote"]

_PLAIN = re.compile(r"(?![-?:](?:\s|$))[^\s\-\[\]{},#&*!|>'\"%@`][^\r\n]*|-[^\s].*")
_NOT_PLAIN = re.compile(r": | #|:$|\s$|^\s")
_FLOW = re.compile(r"[\[\]{},]")


def as_text(value: str, *, flow: bool = False) -> str:
    """A string plain where YAML reads it back as that string, else in single quotes."""
    is_plain = (
        _PLAIN.fullmatch(value) is not None
        and _NOT_PLAIN.search(value) is None
        and not (flow and _FLOW.search(value))
        and scalars.resolve(value, plain=True) == scalars.STR
    )
    return value if is_plain else in_quotes(value, "'")


def in_quotes(value: str, quote: str) -> str:
    """A string in the quotes given."""
    if quote == "'":
        return "'" + value.replace("'", "''") + "'"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def opening_quote(text: str) -> str:
    """The quote that a text begins with, or nothing."""
    return text[:1] if text[:1] in {"'", '"'} else ""
