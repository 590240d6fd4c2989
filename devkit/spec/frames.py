"""The indentation stack of the tolerant reader: which collection a line belongs to, whatever its column.

A frame is a collection that is still open, with the column of its keys or dashes. Where the columns fit, the stack does
what YAML says. Where they do not, it does what the user most likely means, and notes it:

- a key deeper than its siblings, behind a value that is already there, is a sibling;
- a key between two levels belongs to the inner one, which goes on at the new column;
- a lone word above a key in the same column is a key that is being typed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.spec import recoveries
from devkit.spec.anchors import MAX_DEPTH, Anchors, measure, missing, too_deep
from devkit.spec.nodes import Entry, Mapping, Node, Path, Scalar, Sequence
from devkit.spec.positions import Span

if TYPE_CHECKING:
    from devkit.spec.problems import YamlProblem

GLUED_KEY = re.compile(r"([\w.$-]+):(\S+)")
"""A key without the space behind its colon."""

DOCUMENT_COLUMN = -1
"""The column of the frame around a whole document: everything is deeper."""


class Frame:
    """An open collection; the frame around a document has no `node`, only a child.

    `starts` are the offsets of the keys or dashes, `slot` is the newest value: a missing one until it is filled.
    """

    __slots__ = (
        "column",
        "entries",
        "items",
        "key_awaited",
        "node",
        "own_line",
        "parent",
        "parent_index",
        "pending",
        "slot",
        "starts",
    )

    def __init__(self, column: int, node: Mapping | Sequence | None, parent: Frame | None) -> None:
        self.column = column
        self.node = node
        self.parent = parent
        self.parent_index = len(parent.starts) - 1 if parent else -1
        self.entries: list[Entry] = []
        self.items: list[Node] = []
        self.starts: list[int] = []
        self.slot: Node = missing(0)
        self.pending = False
        self.key_awaited = False
        self.own_line = False
        if isinstance(node, Mapping):
            node.entries = self.entries
        elif node is not None:
            node.items = self.items

    def add_entry(self, entry: Entry, start: int) -> None:
        """Begin an entry of a mapping; its value is awaited."""
        self.entries.append(entry)
        self.starts.append(start)
        self.slot, self.pending, self.key_awaited = entry.value, True, False

    def add_item(self, dash: int) -> None:
        """Begin an item of a sequence."""
        self.slot, self.pending = missing(dash + 1), True
        self.items.append(self.slot)
        self.starts.append(dash)

    def add_glued(self, glued: re.Match[str], start: int) -> None:
        """Add an entry from a key and a value without a space between: ``name:blue``, matched by `GLUED_KEY`."""
        colon = start + len(glued[1])
        key = Scalar(start, colon, text=glued[1])
        entry = Entry(key, Scalar(colon + 1, colon + 1 + len(glued[2]), text=glued[2]), colon)
        self.add_entry(entry, start)
        self.fill(entry.value, own_line=False)

    def await_part(self, node: Scalar, *, key: bool) -> None:
        """Wait for the key behind ``?`` or the value behind ``:`` of the newest entry, with `node` in its place."""
        self.key_awaited, self.pending = key, False
        self.fill(node, own_line=False)
        self.pending = True

    def fill(self, node: Node, *, own_line: bool) -> None:
        """Put a node where the newest key, dash or the document waits for one. An anchor in front of it comes along."""
        if self.pending:
            node.anchor, node.tag = node.anchor or self.slot.anchor, node.tag or self.slot.tag
        self.slot, self.pending, self.own_line = node, False, own_line
        if self.items:
            self.items[-1] = node
        elif self.entries and self.key_awaited:
            self.entries[-1].key = node
        elif self.entries:
            self.entries[-1].value = node

    def path(self, index: int) -> Path:
        """The path to the entry with an index; with -1 the path of the collection itself."""
        own: Path = ()
        if index >= 0 and self.node is not None:
            own = (self.entries[index].name,) if self.entries else (index,)
        return (*self.parent.path(self.parent_index), *own) if self.parent else own


class Stack:
    """The open frames, the document's at the bottom."""

    def __init__(self, notes: list[YamlProblem]) -> None:
        self.notes = notes
        self.anchors = Anchors()
        self.frames: list[Frame] = []
        self.documents: list[Frame] = []
        self.begin(0)

    @property
    def top(self) -> Frame:
        """The innermost frame."""
        return self.frames[-1]

    def begin(self, offset: int) -> None:
        """Begin a document whose value, if it stays empty, is missing at `offset`."""
        self.anchors = Anchors()
        frame = Frame(DOCUMENT_COLUMN, None, None)
        frame.slot, frame.pending = missing(offset), True
        frame.starts.append(offset)
        self.frames = [frame]
        self.documents.append(frame)

    def unwind(self, column: int) -> Frame | None:
        """Close the frames deeper than `column`; the outermost of them comes back."""
        closed = None
        while self.frames[-1].column > column:
            closed = self.frames.pop()
            self._close(closed)
        return closed

    def hold(self, anchor: str | None, tag: str | None, end: int) -> None:
        """Keep an anchor and a tag for the node that is awaited."""
        if self.top.pending:
            held = self.top.slot
            slot = Scalar(end, end, anchor=anchor or held.anchor, tag=tag or held.tag)
            self.top.await_part(slot, key=self.top.key_awaited)
            self.name(slot)

    def fill(self, node: Node, *, own_line: bool = False) -> None:
        """Give the newest key, dash or document its value."""
        self.top.fill(node, own_line=own_line)
        self.name(node)

    def name(self, node: Node) -> None:
        """Remember a complete node under its anchor."""
        if node.anchor:
            self.anchors.close(node.anchor, node)

    def mapping_at(self, column: int, start: int) -> Frame | None:
        """The mapping that a key at `column` belongs to, begun at `start` where there is none; None when too deep."""
        closed = self.unwind(column)
        top = self.top
        if top.column == column:
            return top if isinstance(top.node, Mapping) else self._mapping_beside(column, start)
        if top.pending:
            return self._push(column, Mapping(start, start), start)
        if closed is not None and isinstance(closed.node, Mapping):
            self.notes.append(recoveries.between_levels(start, closed.column))
            return self._reopen(closed, column)
        return self._mapping_for_deeper_key(column, start)

    def sequence_at(self, column: int, dash: int) -> Frame | None:
        """The sequence that a dash at `column` belongs to; None when too deep."""
        closed = self.unwind(column)
        top = self.top
        if top.column == column and isinstance(top.node, Sequence):
            return top
        if top.pending and (top.column < column or isinstance(top.node, Mapping)):
            return self._push(column, Sequence(dash, dash), dash)
        if top.column < column and closed is not None and isinstance(closed.node, Sequence):
            self.notes.append(recoveries.between_levels(dash, closed.column))
            return self._reopen(closed, column)
        self.notes.append(recoveries.stray_dash(dash))
        return self._push(column, Sequence(dash, dash), dash, attach=False)

    def _mapping_beside(self, column: int, start: int) -> Frame | None:
        """The mapping of a key in the column of a sequence's dashes."""
        if isinstance(self.frames[-2].node, Mapping) and self.frames[-2].column == column:
            self._close(self.frames.pop())
            return self.top
        self.notes.append(recoveries.key_among_items(start))
        return self._nearest_mapping(column, start)

    def _mapping_for_deeper_key(self, column: int, start: int) -> Frame | None:
        """The mapping of a key that is deeper than its frame, whose newest value is already there."""
        top = self.top
        typed = top.slot
        may_be_key = top.own_line or not isinstance(top.node, Mapping)
        if may_be_key and isinstance(typed, Scalar) and not typed.style:
            return self._mapping_below_word(typed, column, start)
        self.notes.append(recoveries.deeper_than_siblings(start))
        return self._nearest_mapping(column, start)

    def _mapping_below_word(self, typed: Scalar, column: int, start: int) -> Frame | None:
        """The mapping that begins with a half-typed key: the word above the key at `start`."""
        glued = GLUED_KEY.fullmatch(typed.text)
        frame = self._push(column, Mapping(typed.start if glued else start, start), start)
        if frame is not None and glued:
            frame.add_glued(glued, typed.start)
            self.notes.append(recoveries.no_space(typed.start + len(glued[1])))
        else:
            self.notes.append(recoveries.no_colon(typed.span))
        return frame

    def owner(self, column: int) -> Frame:
        """The frame that a line at `column` belongs to; unlike `unwind` this closes nothing."""
        return next(frame for frame in reversed(self.frames) if frame.column <= column)

    def _nearest_mapping(self, column: int, start: int) -> Frame | None:
        while self.top.parent is not None and not isinstance(self.top.node, Mapping):
            self._close(self.frames.pop())
        return self.top if self.top.node is not None else self._push(column, Mapping(start, start), start)

    def _push(self, column: int, node: Mapping | Sequence, start: int, *, attach: bool = True) -> Frame | None:
        if len(self.frames) > MAX_DEPTH:
            self.notes.append(too_deep(Span(start, start + 1)))
            return None
        frame = Frame(column, node, self.top)
        if attach:
            self.top.fill(node, own_line=True)
            if node.anchor:
                self.anchors.open(node.anchor)
        self.frames.append(frame)
        return frame

    def _reopen(self, frame: Frame, column: int) -> Frame:
        frame.column = column
        if frame.node is not None and frame.node.anchor:
            self.anchors.open(frame.node.anchor)  # an alias to it from inside would be a circle again
        self.frames.append(frame)
        return frame

    def _close(self, frame: Frame) -> None:
        node = frame.node
        if node is None:
            return
        if frame.entries:
            last = frame.entries[-1]
            node.end = max(last.key.end, last.value.end)
        elif frame.items:
            node.end = frame.items[-1].end
        measure(node)
        self.name(node)
