"""Offsets, lines and columns of a text, with the line ends of the Language Server Protocol.

Inside the kit a place is an offset: the index of a character (a Unicode code point) in the text, so that
``text[span.start:span.end]`` is what the span covers. Lines and columns exist at the edge. An editor counts columns in
UTF-16 code units unless it negotiated otherwise (Language Server Protocol 3.17, ``PositionEncodingKind``); a terminal
and SARIF's ``unicodeCodePoints`` count characters, which is the default here.
"""

from __future__ import annotations

import enum
import itertools
import re
from array import array
from bisect import bisect_right
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\n|\r")
"""Only these end a line (LSP 3.17, ``EOL``). ``str.splitlines`` also splits at U+2028, NEL, FF and VT, which moves
every later line of an editor's document."""

_SPLIT_AT_ONCE = 100_000
"""Lines that may all be held as strings while they are counted, which is five times as fast as looking for their ends.
An editor's server counts at every key."""

_FIRST_SUPPLEMENTARY = 0x10000
"""From here on a character takes two UTF-16 code units."""


class Encoding(str, enum.Enum):
    """What a column counts; the values are LSP's names."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


class Span(NamedTuple):
    """A piece of a text by offsets: `start` is its first character, `end` is one past its last."""

    start: int
    end: int

    def covers(self, offset: int) -> bool:
        """Whether a cursor at `offset` touches the span; it does at both ends, as editors see it."""
        return self.start <= offset <= self.end


class Position(NamedTuple):
    """A line and a column, both counted from zero. What the column counts is the converter's `encoding`."""

    line: int
    character: int


class Range(NamedTuple):
    """Two positions; `end` is exclusive."""

    start: Position
    end: Position


class LineTable:
    """Where each line of `text` starts and ends."""

    __slots__ = ("_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        if "\r" in text or text.count("\n") > _SPLIT_AT_ONCE:
            self._starts = array("Q", [0])
            self._starts.extend(match.end() for match in _LINE_END.finditer(text))
        else:
            lengths = [len(line) + 1 for line in text.split("\n")]
            self._starts = array("Q", itertools.accumulate(lengths[:-1], initial=0))

    def __len__(self) -> int:
        """Count the lines; an empty text has one."""
        return len(self._starts)

    def line_span(self, line: int) -> Span:
        """The offsets of `line` (from zero) without its line end. Raises IndexError when there is no such line."""
        if not 0 <= line < len(self._starts):
            raise IndexError(f"line {line} of a text of {len(self)} lines")
        start = self._starts[line]
        if line == len(self._starts) - 1:
            return Span(start, len(self.text))
        end = self._starts[line + 1] - 1
        return Span(start, end - 1 if self.text[end - 1 : end + 1] == "\r\n" else end)

    def line_text(self, line: int) -> str:
        """The text of `line` (from zero) without its line end."""
        start, end = self.line_span(line)
        return self.text[start:end]

    def line_of(self, offset: int) -> int:
        r"""The line that `offset` lies on; an offset between ``\r`` and ``\n`` belongs to the line they end."""
        return bisect_right(self._starts, offset) - 1

    def position(self, offset: int, encoding: Encoding = Encoding.UTF32) -> Position:
        """Turn an offset into a line and a column. An offset outside the text is moved to its nearest end."""
        offset = min(max(offset, 0), len(self.text))
        line = self.line_of(offset)
        start, end = self.line_span(line)
        return Position(line, _units(self.text[start : min(offset, end)], encoding))

    def offset(self, position: Position, encoding: Encoding = Encoding.UTF32) -> int:
        """Turn a line and a column into an offset.

        A column past the line's end means the line's end (LSP 3.17, ``Position``), a line past the last one the end of
        the text; a column inside a character means the character's start.
        """
        if position.line >= len(self):
            return len(self.text)
        start, end = self.line_span(max(position.line, 0))
        return start + _characters(self.text[start:end], max(position.character, 0), encoding)

    def range(self, span: Span, encoding: Encoding = Encoding.UTF32) -> Range:
        """Turn a span into lines and columns."""
        return Range(self.position(span.start, encoding), self.position(span.end, encoding))

    def span(self, range_: Range, encoding: Encoding = Encoding.UTF32) -> Span:
        """Turn lines and columns into a span."""
        return Span(self.offset(range_.start, encoding), self.offset(range_.end, encoding))


def _units(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.UTF32 or text.isascii():
        return len(text)
    if encoding is Encoding.UTF16:
        return len(text) + sum(ord(character) >= _FIRST_SUPPLEMENTARY for character in text)
    return len(text.encode("utf-8", "surrogatepass"))


def _characters(text: str, column: int, encoding: Encoding) -> int:
    if encoding is Encoding.UTF32 or text.isascii():
        return min(column, len(text))
    units = 0
    for index, character in enumerate(text):
        units += _units(character, encoding)
        if units > column:
            return index
    return len(text)
