"""Where a quoted scalar ends, also when its closing quote is missing."""

from __future__ import annotations

import re

from devkit.spec import scalar_text
from devkit.spec.nodes import Scalar

_UNQUOTED = re.compile(r'(?:[^"\\]+|\\.){0,1000}', re.DOTALL)
"""A stretch without a closing quote; bounded, because the expression remembers each escape that it has passed."""

_SEPARATOR = re.compile(r"[\n\r\x85\u2028\u2029](?:---|\.\.\.)(?:[\s\x85]|\Z)")


def closing(text: str, start: int) -> int | None:
    """The offset of the quote that closes the one at `start`, or None.

    There is none either when a document separator comes first: no YAML parser reads across it.
    """
    end = _double(text, start) if text[start] == '"' else _single(text, start)
    if end is None or _SEPARATOR.search(text, start, end + 1):
        return None
    return end


def scalar(text: str, start: int, end: int) -> Scalar:
    """The scalar whose quotes are at `start` and `end`."""
    return _scalar(text, start, end, end + 1)


def unclosed(text: str, start: int, end: int) -> Scalar:
    """The scalar that opens at `start` and is taken to stop at `end`."""
    return _scalar(text, start, end, end)


def _scalar(text: str, start: int, content_end: int, end: int) -> Scalar:
    quote, raw = text[start], text[start + 1 : content_end]
    content = scalar_text.double_quoted(raw) if quote == '"' else scalar_text.single_quoted(raw)
    return Scalar(start, end, text=content, style=quote)


def _double(text: str, start: int) -> int | None:
    end, before = start + 1, start
    while end > before:
        before = end
        match = _UNQUOTED.match(text, end)
        end = match.end() if match else end
    return end if text[end : end + 1] == '"' else None


def _single(text: str, start: int) -> int | None:
    end = text.find("'", start + 1)
    while end != -1:
        if text[end + 1 : end + 2] != "'":
            return end
        end = text.find("'", end + 2)
    return None
