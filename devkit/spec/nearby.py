"""What of a text must be read to tell what stands at one place of it: not the thousands of lines that are elsewhere.

An editor asks at every key, and a tree of 10,000 lines takes longer than a key may. Left out are the YAML documents
that are neither the first, whose kind a file is known by, nor the place's own; and, in the other blocks of a document,
the middle of a long run of simple lines, such as environment variables. Nothing opens on such a line that could end on
another, so that what is left reads as it does among them; only the names on those lines are missing from it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from devkit.spec.positions import Span
from devkit.spec.scalar_text import BREAKS

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXT = r"[^\r\n\t\x85\u2028\u2029:#\"'{}\[\]]*"
_LINE = rf"[A-Za-z_][\w.-]*:[ ](?:[\w./]{_TEXT}(?::(?=[^\s\x85]){_TEXT})*|\"[\w./-]+\"|'[\w./-]+')\r?\n"
_RUN = re.compile(rf"^([ ]+){_LINE}(?:\1{_LINE})*", re.MULTILINE)
"""Keys in one column, each with a value that is whole on its line."""
_NEXT_BLOCK = re.compile(r"^[A-Za-z_$][\w.$/-]*:(?=\s)", re.MULTILINE)
_LONG = 50
"""Lines of a run that are worth being left out."""


class Nearby:
    """The parts of one text; `long` is from how many lines on a run is left out."""

    def __init__(self, text: str, long: int = _LONG) -> None:
        self._text = text
        self._long = long
        self._starts = [0, *_separators(text)]
        self._runs: dict[int, list[Span]] = {}

    def without(self, offset: int) -> tuple[Span, ...]:
        """Stretches of whole lines, in order, that have no part in what stands at an offset."""
        own = bisect_right(self._starts, offset) - 1
        # The first document may begin with the first separator; what a comment on one is in, the lines above it tell.
        needed = {0, 1, own, own - 1 if "\n" not in self._text[self._starts[own] : offset] else own}
        gaps: list[Span] = []
        for index, start in enumerate(self._starts):
            end = self._end(index)
            if index in needed:
                gaps += [run for run in self._runs_of(index) if _is_in_another_block(self._text, run, offset)]
            elif gaps and gaps[-1].end == start:
                gaps[-1] = Span(gaps[-1].start, end)
            else:
                gaps.append(Span(start, end))
        return tuple(gaps)

    def _end(self, index: int) -> int:
        return self._starts[index + 1] if index + 1 < len(self._starts) else len(self._text)

    def _runs_of(self, index: int) -> list[Span]:
        """The middles of the long runs in a document, found once."""
        if index not in self._runs:
            found = _RUN.finditer(self._text, self._starts[index], self._end(index))
            self._runs[index] = [_middle(self._text, run) for run in found if self._is_long(run)]
        return self._runs[index]

    def _is_long(self, run: re.Match[str]) -> bool:
        return self._text.count("\n", run.start(), run.end()) >= self._long


def _separators(text: str) -> Iterator[int]:
    """Where the lines begin that part documents."""
    start = text.find("---")
    while start >= 0:
        begins = start == 0 or text[start - 1] in BREAKS
        if begins and (start + 3 == len(text) or text[start + 3].isspace()):
            yield start
        start = text.find("---", start + 3)


def _middle(text: str, run: re.Match[str]) -> Span:
    """A run without its first and its last line, which say where the collection begins and ends."""
    start, end = run.span()
    return Span(text.index("\n", start) + 1, text.rindex("\n", start, end - 1) + 1)


def _is_in_another_block(text: str, run: Span, offset: int) -> bool:
    """Whether a key at the margin stands between a run and the line of an offset, or is that line."""
    if run.start <= offset <= run.end:
        return False
    if offset < run.start:
        line_end = text.find("\n", offset)
        return _NEXT_BLOCK.search(text, line_end + 1, run.start) is not None
    following = text.find("\n", offset)
    return _NEXT_BLOCK.search(text, run.end, following if following >= 0 else len(text)) is not None
