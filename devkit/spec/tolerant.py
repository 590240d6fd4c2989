"""The tolerant reading: a tree of any text, also of one that is just being typed.

The text is read line by line with an indentation stack (`devkit.spec.frames`). On a text that is YAML the tree is the
one that the strict view gives. On any other it is what the user most likely means, and one open quote or bracket hides
nothing below it: it is taken to end where the next key begins. Lines end here as in YAML 1.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from devkit.spec import quotes, recoveries
from devkit.spec.anchors import missing
from devkit.spec.frames import DOCUMENT_COLUMN, GLUED_KEY, Frame
from devkit.spec.nodes import Entry, Mapping, Node, Scalar
from devkit.spec.positions import Span
from devkit.spec.values import ALIAS, COLON, MARKER, ValueReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.spec.lines import YamlLines
    from devkit.spec.problems import YamlProblem

_DIRECTIVE = re.compile(r"%(?:YAML|TAG)\b")
_WORD = r"[^\s:]*(?::(?=\S)[^\s:]*)*"
_SIMPLE_LINE = re.compile(
    r"([A-Za-z_$][\w.$/-]*):"
    rf"(?:[ ]+(?:([\w./]{_WORD}(?:[ ]+[^\s:#]{_WORD})*)|([\"'])([^\"'\\\s]*(?:[ ]+[^\"'\\\s]+)*)\3))?"
    r"[ ]*(?:(?<= )(#.*))?\Z"
)
"""A key alone, or with a plain or quoted value that needs no further look; and a comment."""
_COLON_AFTER = re.compile(r"[ \t]*:(?=[\s\x85]|\Z)")


class Mark(NamedTuple):
    """What a line belongs to: an entry of a frame. `body` lines go on with the value that began on a line above."""

    frame: Frame
    entry: int
    body: bool = False


@dataclass(frozen=True)
class TolerantView:
    """The tree of a text with what an editor's questions need.

    Attributes:
        documents: One root for each document of the text; at least one.
        notes: What had to be mended to read the text. Empty where the text is YAML.
        lines: The lines as YAML 1.1 counts them; `marks` says what each belongs to, None for blank and comment lines.
        comments: The offset of the ``#`` on each line that has a comment.
        frames: The frame around each document.
    """

    documents: tuple[Node, ...]
    notes: tuple[YamlProblem, ...]
    lines: YamlLines
    marks: list[Mark | None]
    comments: dict[int, int]
    frames: tuple[Frame, ...]


def read(text: str, without: Iterable[Span] = ()) -> TolerantView:
    """Read any text. Never raises, and takes time in proportion to the text's length.

    Args:
        text: the text.
        without: stretches of whole lines that are passed over, as `devkit.spec.nearby` finds them.
    """
    reader = _Reader(text, without)
    reader.run()
    stack = reader.stack
    return TolerantView(
        documents=tuple(frame.slot for frame in stack.documents),
        notes=tuple(sorted(stack.notes, key=lambda note: note.span)),
        lines=reader.lines,
        marks=reader.marks,
        comments=reader.comments,
        frames=tuple(stack.documents),
    )


class _Reader(ValueReader):
    """Goes through the lines, and puts keys and values where the indentation stack has them."""

    def __init__(self, text: str, without: Iterable[Span] = ()) -> None:
        super().__init__(text, without)
        self.marks: list[Mark | None] = [None] * len(self.lines)
        self._in_document = False
        self._ended = False

    def run(self) -> None:
        count = len(self.lines)
        while self._line < count:
            start, first, self._stop = self.lines.bounds(self._line)
            if first < self._stop:
                self._read_line(start, first)
            self._line += 1
        self.stack.unwind(DOCUMENT_COLUMN)

    def _read_line(self, start: int, first: int) -> None:
        simple = _SIMPLE_LINE.match(self.text, first, self._stop)
        if simple and self._simple_line(simple, start, first):
            return
        character = self.text[first]
        if character == "#":
            self.comments[self._line] = first
        elif start == first and character in "-.%" and self._separator(first, character):
            return
        else:
            self._enter_document(first)
            self._content(first, first - start)

    def _simple_line(self, found: re.Match[str], start: int, first: int) -> bool:
        """Read ``key: word`` in one go, as most lines are; False when the value goes on below."""
        following = self._line + 1
        if found[2] and following < len(self.lines) and not 0 <= self.lines.indent(following) <= first - start:
            return False
        self._enter_document(first)
        frame = self.stack.mapping_at(first - start, first)
        if frame is None:
            self._mark(self._line)
            return True
        colon = found.end(1)
        frame.add_entry(Entry(Scalar(first, colon, text=found[1]), missing(colon + 1), colon), first)
        value = _simple_value(found)
        if value is not None:
            frame.fill(value, own_line=False)
        if found[5]:
            self.comments[self._line] = found.start(5)
        self._mark(self._line)
        if value is not None:
            self._simple_siblings(frame, first - start)
        return True

    def _simple_siblings(self, frame: Frame, column: int) -> None:
        """Read the simple lines with a value that follow in the same column; a long mapping has thousands of them."""
        text, bounds, count = self.text, self.lines.bounds, len(self.lines)
        line = self._line + 1
        following = bounds(line) if line < count else None
        while following is not None:
            start, first, stop = following
            found = _SIMPLE_LINE.match(text, first, stop) if first - start == column else None
            value = _simple_value(found) if found else None
            line += 1
            following = bounds(line) if line < count else None
            if found is None or value is None or (following and not value.style and _may_go_on(following, column)):
                return
            colon = found.end(1)
            frame.entries.append(Entry(Scalar(first, colon, text=found[1]), value, colon))
            frame.starts.append(first)
            frame.slot = value
            if found[5]:
                self.comments[line - 1] = found.start(5)
            self.marks[line - 1] = Mark(frame, len(frame.starts) - 1)
            self._line = line - 1

    # Documents

    def _separator(self, first: int, character: str) -> bool:
        """Read a line that parts documents; False when it is none."""
        if character == "%":
            return self._directive(first)
        if not MARKER.match(self.text, first, self._stop):
            return False
        self.stack.unwind(DOCUMENT_COLUMN)
        if character == "-":
            self._ended = self._ended or self._in_document
            self._in_document = False
            self._enter_document(first + 3)
            self.stack.top.slot = missing(first + 3)
            rest = self._next(first + 3)
            self._mark(self._line)
            if rest is not None:
                self._value(rest)
        elif self._in_document:
            self._ended, self._in_document = True, False
        return True

    def _directive(self, first: int) -> bool:
        """Read a line like ``%YAML 1.1``; for PyYAML it ends a document that is open."""
        if not _DIRECTIVE.match(self.text, first, self._stop):
            return False
        self.stack.unwind(DOCUMENT_COLUMN)
        self._ended, self._in_document = self._ended or self._in_document, False
        return True

    def _enter_document(self, offset: int) -> None:
        if self._ended:
            self.stack.begin(offset)
        self._ended, self._in_document = False, True

    # Lines

    def _content(self, offset: int, column: int) -> None:
        """Read a line from its first character: dashes and other indicators, then a key or a value."""
        own_line = True
        while self.text[offset] in "-?:" and self._is_blank(offset + 1):
            if not self._indicator(self.text[offset], column, offset):
                self._mark(self._line)
                return
            own_line = False
            following = self._next(offset + 1)
            self._mark(self._line)
            if following is None:
                return
            column += following - offset
            offset = following
        self._key_or_value(offset, column, own_line=own_line)

    def _indicator(self, character: str, column: int, offset: int) -> bool:
        """Place a dash, ``?`` or ``:``; False when it is nested too deep."""
        if character == "-":
            frame = self.stack.sequence_at(column, offset)
            if frame is not None:
                frame.add_item(offset)
            return frame is not None
        frame = self.stack.mapping_at(column, offset)
        if frame is None:
            return False
        if character == "?" or not frame.entries or frame.entries[-1].colon >= 0:
            frame.add_entry(Entry(missing(offset), missing(offset + 1)), offset)
            frame.await_part(missing(offset + 1), key=True)
        if character == ":":
            frame.entries[-1].colon = offset
            frame.await_part(missing(offset + 1), key=False)
        return True

    def _key_or_value(self, offset: int, column: int, *, own_line: bool) -> None:
        begin = offset
        anchor, tag, end, following = self._properties(offset)
        if following is None:
            self.stack.unwind(column)
            self.stack.hold(anchor, tag, end)
            self._mark(self._line)
            return
        found = self._key(following, column)
        if found is not None:
            key, colon = found
            key.anchor, key.tag = key.anchor or anchor, key.tag or tag
            self._entry(key, colon, begin, column)
            return
        owner = self.stack.owner(column)
        may_stand_here = owner.column < column or self.text[following] in "{[|>"
        if not owner.pending or not may_stand_here:
            self._fragment(following, column, owner)
            return
        self.stack.unwind(column)
        if anchor or tag:
            self.stack.hold(anchor, tag, end)
        self._fill(following, own_line=own_line)

    def _entry(self, key: Node, colon: int, begin: int, column: int) -> None:
        frame = self.stack.mapping_at(column, begin)
        if frame is None:
            self._mark(self._line)
            return
        self.stack.name(key)
        frame.add_entry(Entry(key, missing(colon + 1), colon), begin)
        rest = self._next(colon + 1)
        self._mark(self._line)
        if rest is not None:
            self._value(rest)

    def _value(self, offset: int) -> None:
        """Read the value behind a colon or a document separator on the same line."""
        anchor, tag, end, following = self._properties(offset)
        if anchor or tag:
            self.stack.hold(anchor, tag, end)
        if following is not None:
            self._fill(following, own_line=False)

    def _fragment(self, offset: int, column: int, owner: Frame) -> None:
        """Keep text that is neither key nor value out of the tree: most likely a key that is being typed."""
        end = self._plain_end(self._line, offset)
        span = Span(offset, end)
        glued = GLUED_KEY.fullmatch(self.text, offset, end)
        if glued and isinstance(owner.node, Mapping) and owner.column == column:
            self.stack.unwind(column)
            owner.add_glued(glued, offset)
            self.stack.notes.append(recoveries.no_space(offset + len(glued[1])))
            self._mark(self._line)
            return
        self.stack.notes.append(recoveries.no_colon(span))
        self.marks[self._line] = Mark(owner, len(owner.starts) - 1)

    # Keys

    def _key(self, offset: int, column: int) -> tuple[Node, int] | None:
        """The key that begins at `offset` and the offset of its colon, if a colon follows on the line."""
        character = self.text[offset]
        if character in "\"'":
            return self._quoted_key(offset)
        if character in "{[":
            node, end = self._flow(offset, self.stack.owner(column).column)
            return self._with_colon(node, end) if end <= self._stop else None
        if character == "*":
            return self._alias_key(offset)
        return self._plain_key(offset) if character not in "|>" else None

    def _plain_key(self, offset: int) -> tuple[Node, int] | None:
        colon = COLON.search(self.text, offset, self._comment_start(self._line, offset))
        if colon is None:
            return None
        end = offset + len(self.text[offset : colon.start()].rstrip())
        return Scalar(offset, end, text=self.text[offset:end]), colon.start()

    def _quoted_key(self, offset: int) -> tuple[Node, int] | None:
        end = self._closing(offset)
        if end is None or end >= self._stop:
            return None
        return self._with_colon(quotes.scalar(self.text, offset, end), end + 1)

    def _alias_key(self, offset: int) -> tuple[Node, int] | None:
        match = ALIAS.match(self.text, offset, self._stop)
        if match is None or not _COLON_AFTER.match(self.text, match.end(), self._stop):
            return None
        return self._with_colon(self._alias(Span(offset, match.end())), match.end())

    def _with_colon(self, key: Node, end: int) -> tuple[Node, int] | None:
        match = _COLON_AFTER.match(self.text, end, self._stop)
        return (key, match.end() - 1) if match else None

    # Values

    def _fill(self, offset: int, *, own_line: bool) -> None:
        """Read the node at `offset`, over as many lines as it has, and put it where the top frame awaits it."""
        line = self._line
        node, last = self._node(offset)
        self.stack.fill(node, own_line=own_line)
        self._mark(line)
        for body in range(line + 1, last + 1):
            self._mark(body, body=True)
        self._line = last

    def _mark(self, line: int, *, body: bool = False) -> None:
        top = self.stack.top
        self.marks[line] = Mark(top, len(top.starts) - 1, body)


def _simple_value(found: re.Match[str]) -> Scalar | None:
    """The value on a simple line, None when there is none."""
    plain, quote = found[2], found[3]
    if plain:
        return Scalar(found.start(2), found.end(2), text=plain)
    return Scalar(found.start(3), found.end(4) + 1, text=found[4], style=quote) if quote else None


def _may_go_on(following: tuple[int, int, int], column: int) -> bool:
    """Whether a plain value in `column` may go on with the line below, which is blank or deeper."""
    start, first, stop = following
    return first == stop or first - start > column
