"""The lines of a text as YAML 1.1 counts them, with where their content starts."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from typing import TYPE_CHECKING

from devkit.spec.positions import Span
from devkit.spec.scalar_text import BREAK, BREAKS

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LINES = 500_000
"""Lines that the tolerant reader looks at; they are kept in lists, which ten million of them would make gigabytes."""

_OTHER_BREAKS = BREAKS.replace("\n", "")
"""What hardly any text has: without it the lines are found five times as fast."""


class YamlLines:
    """Where each line starts, where its first character that is no space or tab stands, and where it ends.

    Unlike an editor's lines they also end at NEL, U+2028 and U+2029. A byte order mark is before the first line.
    Of more than `MAX_LINES` lines the others are left out: `text` ends there.

    Args:
        text: the text.
        without: stretches of whole lines, in order, that are not to be looked at; offsets stay those of the whole text.
    """

    __slots__ = ("_ends", "_firsts", "_starts", "text")

    def __init__(self, text: str, without: Iterable[Span] = ()) -> None:
        begin = int(text.startswith("\ufeff"))
        starts, ends = self._starts, self._ends = list[int](), list[int]()
        for gap in without:
            _add_lines(text, Span(begin, gap.start), starts, ends)
            del starts[-1], ends[-1]  # nothing stands between the last line end and the gap
            begin = gap.end
        _add_lines(text, Span(begin, len(text)), starts, ends)
        if len(starts) > MAX_LINES:
            del starts[MAX_LINES:], ends[MAX_LINES:]
            text = text[: ends[-1]]
        self.text = text
        self._firsts = [end - len(text[start:end].lstrip(" \t")) for start, end in zip(starts, ends, strict=True)]

    def __len__(self) -> int:
        return len(self._starts)

    def bounds(self, line: int) -> tuple[int, int, int]:
        """The offsets of a line's start, of its first character that is not blank (or its end), and of its end."""
        return self._starts[line], self._firsts[line], self._ends[line]

    def indent(self, line: int) -> int:
        """How far a line is indented; -1 for a blank one, which says nothing."""
        first = self._firsts[line]
        return -1 if first == self._ends[line] else first - self._starts[line]

    def is_blank(self, line: int) -> bool:
        """Whether a line has spaces and tabs only."""
        return self._firsts[line] == self._ends[line]

    def spaces(self, line: int) -> int:
        """How many spaces a line begins with; a tab is none."""
        text = self.text[self._starts[line] : self._ends[line]]
        return len(text) - len(text.lstrip(" "))

    def slices(self, first: int, after: int) -> tuple[list[str], list[str]]:
        """The texts of the lines from `first` up to `after`, and the line ends behind them; the last may have none."""
        bodies = [self.text[self._starts[line] : self._ends[line]] for line in range(first, after)]
        following = range(first + 1, min(after + 1, len(self._starts)))
        return bodies, [self.text[self._ends[line - 1] : self._starts[line]] for line in following]

    def line_of(self, offset: int) -> int:
        """The line that an offset lies on."""
        return max(bisect_right(self._starts, offset) - 1, 0)


def _add_lines(text: str, span: Span, starts: list[int], ends: list[int]) -> None:
    """Add where each line of a stretch starts and ends; there is one more than there are line ends."""
    if any(other in text for other in _OTHER_BREAKS):
        breaks = [match.span() for match in itertools.islice(BREAK.finditer(text, *span), MAX_LINES)]
        starts += [span.start, *(end for _, end in breaks)]
        ends += [*(start for start, _ in breaks), span.end]
        return
    lengths = [len(line) + 1 for line in text[span.start : span.end].split("\n", MAX_LINES)]
    following = list(itertools.accumulate(lengths, initial=span.start))
    starts += following[:-1]
    ends += [start - 1 for start in following[1:]]
