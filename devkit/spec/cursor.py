"""What stands at a place of a text: the question that completion, hover and quick fixes begin with.

It is answered for any text, between two lines as well: on a blank line, and behind what is no YAML, the cursor's column
says which mapping or sequence it is in.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from devkit.spec.frames import GLUED_KEY
from devkit.spec.nodes import Entry, Mapping, Node, Path, Scalar, Sequence, find
from devkit.spec.positions import Span

if TYPE_CHECKING:
    from devkit.spec.frames import Frame
    from devkit.spec.tolerant import TolerantView

_WORD = re.compile(r"[\w.$-]*")
_INDENT = 2
"""How far a first child is indented where no other shows it: as in every published example."""


class Role(str, enum.Enum):
    """What would be typed at the cursor."""

    KEY = "key"
    """A key, or what may become one. The path is that of the mapping it belongs to."""
    VALUE = "value"
    """A value. The path is the value's own: the last step is its key or its index."""
    BLANK = "blank"
    """Nothing stands here yet. The path is that of the mapping or sequence that goes on here."""
    COMMENT = "comment"
    """A comment. The path is the one of a blank line in the comment's place."""


@dataclass(frozen=True)
class Cursor:
    """What stands at a place.

    Attributes:
        role: What would be typed here.
        path: The path of the mapping for a key, of the value for a value, of the collection for a blank place.
        span: The key or value that a completion would replace; empty at the cursor where there is none.
        prefix: What stands between the start of `span` and the cursor.
        indent: The column where a key or dash of this collection starts.
        document: The index of the YAML document in the view.
        entry: The entry of the mapping at the cursor, if it is on a key or a key's value.
        keys: The names of the keys that the mapping at `path` has, with the one at the cursor.
    """

    role: Role
    path: Path
    span: Span
    prefix: str = ""
    indent: int = 0
    document: int = 0
    entry: Entry | None = None
    keys: tuple[str, ...] = ()


def at(view: TolerantView, offset: int) -> Cursor:
    """What stands at an offset, which must lie within the text."""
    return _Question(view, offset).answer()


class _Place(NamedTuple):
    """The collection that a line goes on with: its path, the column of its keys or dashes, and what there is of it."""

    path: Path
    indent: int
    node: Node | None
    document: int


class _Question:
    """One place in one text."""

    def __init__(self, view: TolerantView, offset: int) -> None:
        self._view = view
        self._text = view.lines.text
        self._offset = min(offset, len(self._text))
        self._line = view.lines.line_of(offset)
        self._start, self._first, self._stop = view.lines.bounds(self._line)

    def answer(self) -> Cursor:
        comment = self._view.comments.get(self._line)
        if comment is not None and self._offset > comment:
            return self._blank(Role.COMMENT)
        mark = self._view.marks[self._line]
        if mark is None or (self._offset < self._first and not mark.body):
            return self._blank(Role.BLANK)
        frame, index = mark.frame, mark.entry
        while frame.parent is not None and not mark.body and frame.starts[index] > self._offset:
            frame, index = frame.parent, frame.parent_index
        if mark.body and self._first == self._stop and self._is_outside(frame):
            return self._blank(Role.BLANK)
        return self._entry(frame, index, body=mark.body)

    # By column

    def _blank(self, role: Role) -> Cursor:
        line = self._line - 1
        while line >= 0 and self._view.marks[line] is None:
            line -= 1
        mark = self._view.marks[line] if line >= 0 else None
        if mark is None:
            return self._cursor(role, self._root(self._view.frames[0]))
        return self._cursor(role, self._place(mark.frame, mark.entry, self._offset - self._start))

    def _place(self, frame: Frame, index: int, column: int) -> _Place:
        """The collection that a line at `column` goes on with, below a line whose newest entry is given."""
        while frame.parent is not None:
            if column > frame.column:
                return self._below(frame, index)
            beside_key = isinstance(frame.node, Sequence) and frame.parent.column == column
            if column == frame.column and not beside_key:
                return self._inside(frame)
            frame, index = frame.parent, frame.parent_index
        return self._root(frame)

    def _below(self, frame: Frame, index: int) -> _Place:
        """The collection below an entry; where its value is there already, the one that the entry is in."""
        value = _value(frame, index)
        if isinstance(value, Scalar):
            if not value.is_missing:
                return self._inside(frame)
            return _Place(frame.path(index), frame.column + _INDENT, None, self._document(frame))
        if value.flow:
            return self._inside(frame)
        return _Place(frame.path(index), self._column(value.start), value, self._document(frame))

    def _inside(self, frame: Frame) -> _Place:
        return _Place(frame.path(-1), frame.column, frame.node, self._document(frame))

    def _root(self, frame: Frame) -> _Place:
        root = frame.slot
        indent = 0 if isinstance(root, Scalar) else self._column(root.start)
        return _Place((), indent, root, self._document(frame))

    def _is_outside(self, frame: Frame) -> bool:
        """Whether a blank line amid a value is not the value's, as it is in quotes, brackets and block scalars."""
        value = frame.slot
        if isinstance(value, Scalar) and value.style in {"|", ">"}:
            return self._offset - self._start <= max(frame.column, 0)
        return isinstance(value, Scalar) and not value.style

    # By what stands there

    def _entry(self, frame: Frame, index: int, *, body: bool) -> Cursor:
        entry = frame.entries[index] if frame.entries else None
        if entry is not None and not body and self._offset <= max(entry.key.end, entry.colon):
            return self._cursor(Role.KEY, self._inside(frame), entry.key.span, entry)
        return self._beside_key(frame, index, entry, body=body)

    def _beside_key(self, frame: Frame, index: int, entry: Entry | None, *, body: bool) -> Cursor:
        """The cursor behind a key's colon or a dash, on its line or below."""
        value = _value(frame, index)
        place = _Place(frame.path(index), 0, None, self._document(frame))
        if not isinstance(value, Scalar) and value.flow and value.start < self._offset:
            return self._flow(value, place)
        if isinstance(value, Scalar) and not value.is_missing and value.span.covers(self._offset):
            if not value.style and value.alias is None and self._may_be_key(frame, value, body=body):
                return self._typed(frame, index, body=body)
            return self._cursor(Role.VALUE, place, value.span, entry)
        in_value = body and isinstance(value, Scalar) and value.style
        if not in_value and self._is_below(frame, index):
            return self._typed(frame, index, body=True)
        written = isinstance(value, Scalar) and value.start < min(self._offset, value.end)
        return self._cursor(Role.VALUE, place, value.span if written else None, entry)

    def _is_below(self, frame: Frame, index: int) -> bool:
        """Whether the cursor's line begins behind the colon, dash or separator of an entry."""
        if frame.parent is None:
            return not self._text.startswith("---", self._start)
        colon = frame.entries[index].colon if frame.entries else -1
        return self._start > max(frame.starts[index], colon)

    def _may_be_key(self, frame: Frame, value: Scalar, *, body: bool) -> bool:
        """Whether a plain text may be a key that is being typed: one word on a line, or in a list of mappings."""
        word = _WORD.match(self._text, self._first, self._stop)
        if body or self._first == value.start:
            return word is not None and not self._text[word.end() : self._stop].strip()
        return isinstance(frame.node, Sequence) and any(isinstance(item, Mapping) for item in frame.items)

    def _typed(self, frame: Frame, index: int, *, body: bool) -> Cursor:
        """The cursor on text that is no entry yet; `body` when the entry above it has its value already."""
        end = self._first + len(self._text[self._first : self._stop].rstrip())
        begin = self._first
        if body:
            place = self._place(frame, index, self._first - self._start)
        else:
            begin = _value(frame, index).start
            place = _Place(frame.path(index), self._column(begin), None, self._document(frame))
        glued = GLUED_KEY.fullmatch(self._text, begin, end)
        if glued and self._offset > glued.end(1):
            inner = place._replace(path=(*place.path, glued[1]))
            return self._cursor(Role.VALUE, inner, Span(*glued.span(2)))
        return self._cursor(Role.KEY, place, Span(begin, end))

    def _flow(self, node: Mapping | Sequence, place: _Place) -> Cursor:
        """The cursor inside a flow collection."""
        while True:
            if self._offset >= node.end and self._text[node.end - 1] in "]}":
                return self._cursor(Role.VALUE, place)
            place = place._replace(node=node)
            entry: Entry | None = None
            if isinstance(node, Mapping):
                entry = self._newest_entry(node)
                if entry is None or self._is_at_key(entry):
                    return self._flow_key(place, entry)
                inner: Node | None = entry.value
                path: Path = (*place.path, entry.name)
            else:
                index, inner = self._item(node)
                path = (*place.path, index)
            place = place._replace(path=path, node=None)
            if inner is None or isinstance(inner, Scalar) or inner.start >= self._offset:
                written = inner is not None and inner.start < min(self._offset, inner.end)
                return self._cursor(Role.VALUE, place, inner.span if inner and written else None, entry)
            node = inner

    def _newest_entry(self, node: Mapping) -> Entry | None:
        """The last entry that starts before the cursor."""
        return next((entry for entry in reversed(node.entries) if entry.key.start <= self._offset), None)

    def _item(self, node: Sequence) -> tuple[int, Node | None]:
        """The index of the item at the cursor, and the item if there is one."""
        index = sum(item.start <= self._offset for item in node.items) - 1
        if index < 0:
            return 0, None
        item = node.items[index]
        return (index + 1, None) if "," in self._text[item.end : self._offset] else (index, item)

    def _flow_key(self, place: _Place, entry: Entry | None) -> Cursor:
        if entry is not None and self._offset <= max(entry.key.end, entry.colon):
            return self._cursor(Role.KEY, place, entry.key.span, entry)
        return self._cursor(Role.KEY, place)

    def _is_at_key(self, entry: Entry) -> bool:
        """Whether the cursor is on the key of a flow mapping's entry, or behind the comma after it."""
        after = max(entry.key.end, entry.colon)
        return self._offset <= after or "," in self._text[max(after, entry.value.end) : self._offset] or entry.colon < 0

    # Answers

    def _cursor(self, role: Role, place: _Place, span: Span | None = None, entry: Entry | None = None) -> Cursor:
        at = span or Span(self._offset, self._offset)
        node = place.node
        if node is None:
            node = find(self._view.documents[place.document], place.path)
        return Cursor(
            role=role,
            path=place.path,
            span=at,
            prefix=self._text[at.start : self._offset],
            indent=place.indent,
            document=place.document,
            entry=entry,
            keys=tuple(own.name for own in node.entries) if isinstance(node, Mapping) else (),
        )

    def _document(self, frame: Frame) -> int:
        while frame.parent is not None:
            frame = frame.parent
        return self._view.frames.index(frame)

    def _column(self, offset: int) -> int:
        return offset - self._view.lines.bounds(self._view.lines.line_of(offset))[0]


def _value(frame: Frame, index: int) -> Node:
    if frame.entries:
        return frame.entries[index].value
    return frame.items[index] if frame.items else frame.slot
