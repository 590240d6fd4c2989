"""The tolerant reading: a tree of any text, also of one that is just being typed.

The text is read line by line with an indentation stack (`devkit.spec.frames`). On a text that is YAML the tree is the
one that the strict view gives. On any other it is what the user most likely means, and one open quote or bracket hides
nothing below it: it is taken to end where the next key begins. Lines end here as in YAML 1.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from devkit.spec import block_scalars, quotes, recoveries, scalar_text, tags
from devkit.spec.anchors import missing, unresolved
from devkit.spec.flow import FlowReader
from devkit.spec.frames import DOCUMENT_COLUMN, GLUED_KEY, Frame, Stack
from devkit.spec.lines import YamlLines
from devkit.spec.nodes import Entry, Mapping, Node, Scalar
from devkit.spec.positions import Span
from devkit.spec.problems import YamlProblem

_MARKER = re.compile(r"(?:---|\.\.\.)(?=[\s\x85]|\Z)")
_DIRECTIVE = re.compile(r"%(?:YAML|TAG)\b")
_PROPERTY = re.compile(r"&[\w-]*|![^\s\x85\u2028\u2029]*")
_ALIAS = re.compile(r"\*[\w-]*")
_COLON = re.compile(r":(?=[\s\x85]|\Z)")
_COLON_AFTER = re.compile(r"[ \t]*:(?=[\s\x85]|\Z)")
_KEY_LINE = re.compile(r"""(?:- +)*(?:"[^"]*"|'[^']*'|[^\s"'#{}\[\],&*!|>%@`][^#]*?)[ \t]*:(?=[\s\x85]|\Z)""")
_FAILED_FLOW_BUDGET = 1_000_000
"""Characters that may be read twice because a bracket is not closed; beyond it brackets end where they must."""


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


def read(text: str) -> TolerantView:
    """Read any text. Never raises, and takes time in proportion to the text's length."""
    reader = _Reader(text)
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


class _Reader:
    """Goes through the lines. `_line` is the one being read, `_stop` its end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = YamlLines(text)
        self.stack = Stack([])
        self.marks: list[Mark | None] = [None] * len(self.lines)
        self.comments: dict[int, int] = {}
        self._line = 0
        self._stop = 0
        self._in_document = False
        self._ended = False
        self._flow_budget = _FAILED_FLOW_BUDGET
        self._flow_read: tuple[int, Node, int] | None = None

    def run(self) -> None:
        count = len(self.lines)
        while self._line < count:
            start, first, self._stop = self.lines.bounds(self._line)
            if first < self._stop:
                self._read_line(start, first)
            self._line += 1
        self.stack.unwind(DOCUMENT_COLUMN)

    def _read_line(self, start: int, first: int) -> None:
        character = self.text[first]
        if character == "#":
            self.comments[self._line] = first
        elif start == first and character in "-.%" and self._separator(first, character):
            return
        else:
            self._enter_document(first)
            self._content(first, first - start)

    # Documents

    def _separator(self, first: int, character: str) -> bool:
        """Read a line that parts documents; False when it is none."""
        if character == "%":
            return self._directive(first)
        if not _MARKER.match(self.text, first, self._stop):
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
        colon = _COLON.search(self.text, offset, self._comment_start(self._line, offset))
        if colon is None:
            return None
        end = offset + len(self.text[offset : colon.start()].rstrip())
        return Scalar(offset, end, text=self.text[offset:end]), colon.start()

    def _quoted_key(self, offset: int) -> tuple[Node, int] | None:
        end = quotes.closing(self.text, offset)
        if end is None or end >= self._stop:
            return None
        return self._with_colon(quotes.scalar(self.text, offset, end), end + 1)

    def _alias_key(self, offset: int) -> tuple[Node, int] | None:
        match = _ALIAS.match(self.text, offset, self._stop)
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

    def _node(self, offset: int) -> tuple[Node, int]:
        """The node at `offset` and the last line it takes."""
        character = self.text[offset]
        parent = self.stack.top.column
        if character in "\"'":
            return self._quoted(offset, parent)
        if character in "{[":
            node, end = self._flow(offset, parent)
            return node, self._finish(end)
        if character in "|>" and (header := block_scalars.HEADER.match(self.text, offset, self._stop)):
            self._finish(header.end())
            return block_scalars.read(self.lines, self._line, offset, header[0], parent)
        if character == "*" and (alias := _ALIAS.match(self.text, offset, self._stop)):
            return self._alias(Span(offset, alias.end())), self._finish(alias.end())
        return self._plain(offset, parent)

    def _plain(self, offset: int, parent: int) -> tuple[Node, int]:
        last, end = self._line, self._plain_end(self._line, offset)
        line = last + 1
        while last not in self.comments and line < len(self.lines):
            start, first, stop = self.lines.bounds(line)
            if first < stop:
                if first - start <= parent or not self._continues_plain(line, start, first):
                    break
                last, end = line, self._plain_end(line, first)
            line += 1
        return Scalar(offset, end, text=scalar_text.plain(self.text[offset:end])), last

    def _continues_plain(self, line: int, start: int, first: int) -> bool:
        if self.text[first] == "#" or (start == first and _MARKER.match(self.text, first)):
            return False
        return _COLON.search(self.text, first, self._comment_start(line, first)) is None

    def _quoted(self, offset: int, parent: int) -> tuple[Node, int]:
        end = quotes.closing(self.text, offset)
        if end is not None and (end < self._stop or self._ends_line(end + 1)):
            return quotes.scalar(self.text, offset, end), self._finish(end + 1)
        self.stack.notes.append(recoveries.open_quote(offset, self.text[offset]))
        last = self._recover(parent, stop_at_key=True)
        end = offset + len(self.text[offset : self.lines.bounds(last)[2]].rstrip())
        return quotes.unclosed(self.text, offset, end), last

    def _flow(self, offset: int, parent: int) -> tuple[Node, int]:
        """The collection that opens at `offset`, and where it ends."""
        if self._flow_read is not None and self._flow_read[0] == offset:
            return self._flow_read[1:]
        reader = FlowReader(self.text, self.stack.anchors, len(self.stack.frames) - 1)
        node = reader.read(offset) if self._flow_budget > 0 else None
        if node is None:
            self._flow_budget -= reader.offset - offset
            last = self._recover(parent, stop_at_key=False)
            self.stack.notes.append(recoveries.open_bracket(offset, self.text[offset]))
            node = reader.read_until(offset, self.lines.bounds(last)[2])
        self.stack.notes.extend(reader.notes)
        self._flow_read = (offset, node, reader.offset)
        return node, reader.offset

    def _alias(self, span: Span) -> Node:
        found = self.stack.anchors.resolve(self.text[span.start + 1 : span.end], span, len(self.stack.frames) - 1)
        if isinstance(found, YamlProblem):
            self.stack.notes.append(found)
            return unresolved(self.text[span.start + 1 : span.end], span)
        return found

    def _recover(self, parent: int, *, stop_at_key: bool) -> int:
        """The last line of a quote or bracket that is not closed: before the next line that cannot belong to it."""
        line = self._line + 1
        while line < len(self.lines):
            start, first, stop = self.lines.bounds(line)
            if first < stop:
                outside = first - start <= parent and self.text[first] not in "]}"
                if outside or (stop_at_key and _KEY_LINE.match(self.text, first, stop)):
                    break
                if start == first and _MARKER.match(self.text, first, stop):
                    break
            line += 1
        while self.lines.is_blank(line - 1) and line - 1 > self._line:
            line -= 1
        return line - 1

    # Characters

    def _properties(self, offset: int) -> tuple[str | None, str | None, int, int | None]:
        """The anchor and the tag at `offset`, where they end, and what follows on the line."""
        anchor = tag = None
        end = offset
        following: int | None = offset
        while following is not None and self.text[following] in "&!":
            match = _PROPERTY.match(self.text, following, self._stop)
            written = match[0] if match else self.text[following]
            if written[0] == "&":
                anchor = written[1:]
            else:
                tag = tags.resolve(written)
            end = following + len(written)
            following = self._next(end)
        return anchor, tag, end, following

    def _next(self, offset: int) -> int | None:
        """The next character on the line that is not blank; None at the line's end and before a comment."""
        while offset < self._stop and self.text[offset] in " \t":
            offset += 1
        if offset == self._stop:
            return None
        if self.text[offset] == "#" and self.text[offset - 1] in " \t":
            self.comments[self._line] = offset
            return None
        return offset

    def _finish(self, end: int) -> int:
        """Look at what follows the end of a value; the line it is on comes back."""
        line = self._line if end <= self._stop else self.lines.line_of(end)
        stop = self.lines.bounds(line)[2]
        rest = self.text[end:stop]
        if rest and not rest.isspace():
            begin = stop - len(rest.lstrip())
            if self.text[begin] == "#":
                self.comments[line] = begin
            else:
                self.stack.notes.append(recoveries.stray_text(Span(begin, stop)))
        return line

    def _ends_line(self, offset: int) -> bool:
        """Whether nothing but a comment follows on the line of an offset."""
        stop = self.lines.bounds(self.lines.line_of(offset))[2]
        rest = self.text[offset:stop].lstrip(" \t")
        return not rest or rest[0] == "#"

    def _comment_start(self, line: int, offset: int) -> int:
        """Where the comment behind a plain text begins, with the space in front of it; the line's end without one."""
        stop = self.lines.bounds(line)[2]
        found = self.text.find(" #", offset, stop)
        tabbed = self.text.find("\t#", offset, stop)
        return min((place for place in (found, tabbed) if place >= 0), default=stop)

    def _plain_end(self, line: int, offset: int) -> int:
        """Where the plain text at `offset` ends on its line."""
        stop = self.lines.bounds(line)[2]
        limit = self._comment_start(line, offset)
        if limit < stop:
            self.comments[line] = limit + 1
        return offset + len(self.text[offset:limit].rstrip(" \t"))

    def _is_blank(self, offset: int) -> bool:
        return offset >= self._stop or self.text[offset] in " \t"

    def _mark(self, line: int, *, body: bool = False) -> None:
        top = self.stack.top
        self.marks[line] = Mark(top, len(top.starts) - 1, body)
