"""The traceback of the user's own script, found in what an instance printed."""

from __future__ import annotations

import re

__all__ = ["last_traceback"]

_BEGINS = "Traceback (most recent call last):"
_CHAINED = re.compile(
    r"^(The above exception was the direct cause of the following exception:"
    r"|During handling of the above exception, another exception occurred:)$"
)


def last_traceback(log: str) -> str:
    """The last traceback in `log`, whole, with the exceptions that it was raised from; empty when there is none."""
    lines = log.splitlines()
    start = next((at for at in range(len(lines) - 1, -1, -1) if lines[at].endswith(_BEGINS)), None)
    if start is None:
        return ""
    first = _first_of_chain(lines, start)
    return "\n".join([_BEGINS, *lines[first + 1 : _end(lines, start)]])


def _end(lines: list[str], start: int) -> int:
    """After the line that names the exception, and its indented or empty continuation lines."""
    at = start + 1
    while at < len(lines) and lines[at].startswith((" ", "\t")):
        at += 1
    at += 1
    while at < len(lines) and lines[at].startswith((" ", "\t")):
        at += 1
    return min(at, len(lines))


def _first_of_chain(lines: list[str], start: int) -> int:
    """Where the chain of exceptions begins that ends with the traceback at `start`."""
    while (link := _link_above(lines, start)) is not None:
        begins = [at for at in range(link) if lines[at].endswith(_BEGINS)]
        if not begins:
            break
        start = begins[-1]
    return start


def _link_above(lines: list[str], start: int) -> int | None:
    above = [at for at in range(max(0, start - 3), start) if _CHAINED.match(lines[at].strip())]
    return above[-1] if above else None
