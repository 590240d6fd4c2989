"""Flow collections: ``{...}`` and ``[...]``, over as many lines as they take, closed or not.

A collection is first read as YAML has it. If that meets an error or the end of the text before the last bracket, it is
read once more up to the line where it must have ended, taking everything that can be taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.spec import quotes, scalar_text, tags
from devkit.spec.anchors import MAX_DEPTH, measure, missing, unresolved
from devkit.spec.nodes import Entry, Mapping, Node, Scalar, Sequence
from devkit.spec.positions import Span
from devkit.spec.problems import YamlProblem

if TYPE_CHECKING:
    from devkit.spec.anchors import Anchors

_SPACE = r"\s\x85\u2028\u2029"
_SKIP = re.compile(rf"(?:[{_SPACE}]+|#[^\n\r\x85\u2028\u2029]*)*")
_WORD = rf"(?:[^{_SPACE},\[\]{{}}:]|:(?![{_SPACE},\[\]{{}}]|\Z))+"
_PLAIN = re.compile(rf"{_WORD}(?:[{_SPACE}]+(?!#){_WORD})*")
_NAME = re.compile(r"[*&][\w-]*")
_TAG = re.compile(rf"![^{_SPACE},\[\]{{}}]*")
_SEPARATOR = re.compile(r"(?:---|\.\.\.)(?:\s|\Z)")
_CLOSING = {"{": "}", "[": "]"}


class _BrokenError(Exception):
    """What was met is no YAML, or too deep; only thrown and caught here."""


@dataclass(slots=True)
class _Open:
    """A bracket that is not closed yet."""

    node: Mapping | Sequence
    entries: list[Entry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    complete: bool = False
    """A key or an item is there: a comma, a colon or the bracket's end comes next."""
    awaits_value: bool = False
    """A colon is there: its value comes next."""
    key_mark: int | None = None
    """Where the ``?`` stands that announces the next key of a list."""

    def take(self, node: Node) -> bool:
        """Put a node where one is awaited; False when none is."""
        if self.awaits_value:
            self.entries[-1].value = node
        elif self.complete:
            return False
        elif isinstance(self.node, Mapping):
            self.entries.append(Entry(node, missing(node.end)))
        elif self.key_mark is not None:
            self._begin_pair(node, self.key_mark)
        else:
            self.items.append(node)
        self.key_mark = None
        self.awaits_value, self.complete = False, True
        return True

    def take_colon(self, colon: int) -> bool:
        """Begin the value of the newest key; in a list this makes the newest item a mapping of one key."""
        if self.awaits_value:
            return False
        if not self.complete:
            self.take(missing(colon))
        if isinstance(self.node, Sequence) and not self.entries:
            key = self.items.pop()
            self._begin_pair(key, key.start)
        if self.entries[-1].colon >= 0:
            return False
        self.entries[-1].value, self.entries[-1].colon = missing(colon + 1), colon
        self.awaits_value = True
        return True

    def _begin_pair(self, key: Node, start: int) -> None:
        """Add an item to a list that is a mapping of one key without brackets."""
        self.entries = [Entry(key, missing(key.end))]
        self.items.append(Mapping(start, key.end, entries=self.entries, flow=True))

    def take_comma(self) -> None:
        """End an entry."""
        if isinstance(self.node, Sequence) and self.entries:
            _close_pair(self.items[-1])
            self.entries = []
        self.complete = self.awaits_value = False

    def close(self, end: int) -> Mapping | Sequence:
        """The collection, ended at an offset."""
        self.take_comma()
        if isinstance(self.node, Mapping):
            self.node.entries = self.entries
        else:
            self.node.items = self.items
        self.node.end = end
        measure(self.node)
        return self.node


@dataclass
class FlowReader:
    """Reads one collection of `text`, which stands at `depth`; `notes` gets the problems of aliases."""

    text: str
    anchors: Anchors
    depth: int
    notes: list[YamlProblem] = field(default_factory=list)
    _offset: int = 0
    _end: int = 0
    _strict: bool = True
    _stack: list[_Open] = field(default_factory=list)
    _anchor: str | None = None
    _tag: str | None = None
    _properties_end: int = 0

    def read(self, start: int) -> Mapping | Sequence | None:
        """The collection that opens at `start` if it is whole and right, else None."""
        self._offset, self._end = start, len(self.text)
        try:
            return self._run()
        except _BrokenError:
            return None

    def read_until(self, start: int, end: int) -> Mapping | Sequence:
        """What can be read of the collection that opens at `start` and is taken to stop at `end`."""
        self.notes.clear()
        self._stack.clear()
        self._anchor = self._tag = None
        self._offset, self._end, self._strict = start, end, False
        try:
            return self._run()
        except _BrokenError:
            return self._give_up()

    @property
    def offset(self) -> int:
        """How far the reading came."""
        return self._offset

    def _run(self) -> Mapping | Sequence:
        while True:
            self._skip()
            if self._offset >= self._end:
                self._broken()
                return self._give_up()
            whole = self._token(self.text[self._offset])
            if whole is not None:
                return whole

    def _skip(self) -> None:
        match = _SKIP.match(self.text, self._offset, self._end)
        self._offset = match.end() if match else self._offset
        before = self.text[self._offset - 1 : self._offset]
        if before in scalar_text.BREAKS and _SEPARATOR.match(self.text, self._offset):
            self._broken()
            self._end = self._offset

    def _token(self, character: str) -> Mapping | Sequence | None:
        if character in ",:]}" and (self._anchor or self._tag):
            self._put(missing(self._properties_end))
        if character in "{[":
            self._open(character)
        elif character in "}]":
            return self._close(character)
        elif character == ",":
            if not self._stack[-1].complete and not self._stack[-1].awaits_value:
                self._broken()
            self._stack[-1].take_comma()
            self._offset += 1
        elif character == ":":
            self._colon()
        elif character == "?":
            self._stack[-1].key_mark = self._offset
            self._offset += 1
        elif character in "&!":
            self._property(character)
        else:
            self._put(self._scalar(character))
        return None

    def _open(self, bracket: str) -> None:
        if self.depth + len(self._stack) >= MAX_DEPTH:
            raise _BrokenError
        kind = Mapping if bracket == "{" else Sequence
        node = kind(self._offset, self._offset, flow=True, anchor=self._anchor, tag=self._tag)
        if self._anchor:
            self.anchors.open(self._anchor)
        self._anchor = self._tag = None
        self._stack.append(_Open(node))
        self._offset += 1

    def _close(self, bracket: str) -> Mapping | Sequence | None:
        opened = self._stack[-1]
        self._offset += 1
        if _CLOSING[self.text[opened.node.start]] != bracket:
            self._broken()
            return None
        node = self._stack.pop().close(self._offset)
        if node.anchor:
            self.anchors.close(node.anchor, node)
        if not self._stack:
            return node
        self._put(node)
        return None

    def _give_up(self) -> Mapping | Sequence:
        """Close every bracket where the text was taken to stop."""
        while True:
            node = self._stack.pop().close(self._end)
            self._offset = self._end
            if not self._stack:
                return node
            self._put(node)

    def _colon(self) -> None:
        if not self._stack[-1].take_colon(self._offset):
            self._broken()
        self._offset += 1

    def _property(self, character: str) -> None:
        match = (_NAME if character == "&" else _TAG).match(self.text, self._offset, self._end)
        written = match[0] if match else character
        if character == "&":
            self._anchor = written[1:]
        else:
            self._tag = tags.resolve(written)
        self._offset += len(written)
        self._properties_end = self._offset

    def _scalar(self, character: str) -> Node:
        start = self._offset
        if character in "\"'":
            return self._quoted(start)
        if character == "*":
            match = _NAME.match(self.text, start, self._end)
            self._offset = match.end() if match else start + 1
            return self._alias(Span(start, self._offset))
        match = _PLAIN.match(self.text, start, self._end)
        self._offset = match.end() if match else start + 1
        return Scalar(start, self._offset, text=scalar_text.plain(self.text[start : self._offset]))

    def _quoted(self, start: int) -> Scalar:
        end = quotes.closing(self.text, start)
        if end is None or end >= self._end:
            self._broken()
            self._offset = self._end
            return quotes.unclosed(self.text, start, self._end)
        self._offset = end + 1
        return quotes.scalar(self.text, start, end)

    def _alias(self, span: Span) -> Node:
        found = self.anchors.resolve(self.text[span.start + 1 : span.end], span, self.depth + len(self._stack))
        if isinstance(found, YamlProblem):
            self.notes.append(found)
            return unresolved(self.text[span.start + 1 : span.end], span)
        return found

    def _put(self, node: Node) -> None:
        node.anchor, node.tag = self._anchor or node.anchor, self._tag or node.tag
        if self._anchor:
            self.anchors.close(self._anchor, node)
        self._anchor = self._tag = None
        opened = self._stack[-1]
        if not opened.take(node):
            self._broken()
            opened.take_comma()
            opened.take(node)

    def _broken(self) -> None:
        if self._strict:
            raise _BrokenError


def _close_pair(pair: Node) -> None:
    """A mapping of one key in a list has no bracket of its own: it ends with its value."""
    if isinstance(pair, Mapping):
        pair.end = max(pair.end, pair.entries[-1].value.end)
        measure(pair)
