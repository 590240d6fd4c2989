"""The strict reading of a text: PyYAML's parser, as azure-ai-ml uses it, with the place of every value.

The tree is built from the parser's events and not from ``yaml.compose``, for three reasons: an alias keeps its own
place, the depth is bounded without recursion, and nothing is constructed that nobody asks for. Marks are read by their
index only: PyYAML counts U+2028 and NEL as line ends, editors do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from devkit.spec import meaning
from devkit.spec.anchors import MAX_DEPTH, Anchors, measure, missing, too_deep, unresolved
from devkit.spec.nodes import Entry, Mapping, Node, Scalar, Sequence
from devkit.spec.positions import Span
from devkit.spec.problems import ProblemKind, YamlProblem
from devkit.spec.scalar_text import BREAK
from devkit.spec.syntax_errors import explain, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SPACE = r"(?:[\s\x85\u2028\u2029]+|#[^\n\r\x85\u2028\u2029]*(?=[\n\r\x85\u2028\u2029]|\Z))*"
_PROPERTIES = re.compile(rf"(?:(?:&[\w-]*|![^\s\x85\u2028\u2029]*){_SPACE})*")
_COLON = re.compile(_SPACE + ":")
_LONGEST_WITH_TABS = 200_000
_BRACKET = re.compile(r"[\[\]{}]")
_MAX_OPEN_BRACKETS = 4 * MAX_DEPTH
"""Both parsers take time with the square of the open brackets: 10,000 of them cost 0.2 s (libyaml 0.2.5) to 14 s."""


@dataclass(frozen=True)
class StrictView:
    """What PyYAML reads: one node for each document of the text, as far as there is no syntax error."""

    documents: tuple[Node, ...]
    problems: tuple[YamlProblem, ...]

    @property
    def parses(self) -> bool:
        """Whether the whole text is YAML."""
        return not any(problem.kind is ProblemKind.SYNTAX for problem in self.problems)


def read(text: str) -> StrictView:
    """Read a text as PyYAML does. Never raises; what is wrong is in `problems`, in the order of the text."""
    bom = text.startswith("\ufeff")
    refusal = unreadable(text) or _too_many_brackets(text)
    if refusal is not None:
        return StrictView((), (refusal,))
    builder = _Builder(text, offset=int(bom))
    try:
        for event in _events(text[1:] if bom else text):
            builder.take(event)
        _check_tabs(text)
    except yaml.YAMLError as error:
        builder.problems.append(explain(error, text, int(bom)))
    view = StrictView(tuple(builder.documents), tuple(builder.problems))
    if view.parses:
        builder.problems.extend(problem for root in builder.documents for problem in meaning.problems(root))
    return StrictView(view.documents, tuple(sorted(builder.problems, key=lambda problem: problem.span)))


def _check_tabs(text: str) -> None:
    """Raise what PyYAML's own parser says of a text with tabs; azure-ai-ml uses that one.

    It refuses a tab between tokens, even behind a value, where libyaml takes it for a space. No other difference was
    met in 300,000 generated texts (PyYAML 6.0.3, libyaml 0.2.5). It is ten times slower, hence only where it matters.
    """
    if "\t" in text and len(text) <= _LONGEST_WITH_TABS and _Loader is not yaml.SafeLoader:
        for _ in _events(text, yaml.SafeLoader):
            pass


def _events(text: str, loader_class: Any = None) -> Iterator[Any]:
    loader = (loader_class or _Loader)(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _too_many_brackets(text: str) -> YamlProblem | None:
    if text.count("[") + text.count("{") <= _MAX_OPEN_BRACKETS:
        return None
    depth = 0
    for match in _BRACKET.finditer(text):
        depth = depth + 1 if match[0] in "[{" else max(depth - 1, 0)
        if depth > _MAX_OPEN_BRACKETS:
            # SYNTAX and not LIMIT: nothing was parsed, so that readers turn to the tolerant tree.
            found = too_deep(Span(match.start(), match.end()))
            return YamlProblem(ProblemKind.SYNTAX, found.message, found.remedy, found.span)
    return None


def _block_end(text: str, start: int, end: int) -> int:
    """Where a block scalar's last line or else its header ends: PyYAML's mark is behind blank lines and comments."""
    written = text[start:end].rstrip()
    if BREAK.search(written) is None:
        written = written.partition("#")[0].rstrip()
    return start + len(written)


@dataclass
class _Open:
    """A collection whose end has not come yet."""

    node: Mapping | Sequence
    children: list[Node] = field(default_factory=list)


class _Builder:
    """Turns events into nodes, one document after the other."""

    def __init__(self, text: str, offset: int) -> None:
        self.documents: list[Node] = []
        self.problems: list[YamlProblem] = []
        self._text = text
        self._offset = offset
        self._stack: list[_Open] = []
        self._anchors = Anchors()
        self._skipping = 0
        self._handlers = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def take(self, event: Any) -> None:
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(event)

    def _document(self, _event: Any) -> None:
        self._anchors = Anchors()
        self._stack.clear()

    def _scalar(self, event: Any) -> None:
        if self._skipping:
            return
        start, end = self._content(event)
        style = event.style or ""
        if style in {"|", ">"}:
            end = _block_end(self._text, start, end)
        node = Scalar(start, end, text=event.value, style=style, tag=event.tag, anchor=event.anchor)
        if event.anchor:
            self._anchors.close(event.anchor, node)
        self._put(node)

    def _alias(self, event: Any) -> None:
        if self._skipping:
            return
        span = Span(event.start_mark.index + self._offset, event.end_mark.index + self._offset)
        target = self._anchors.resolve(event.anchor, span, len(self._stack))
        if isinstance(target, YamlProblem):
            self.problems.append(target)
            target = unresolved(event.anchor, span)
        self._put(target)

    def _start(self, event: Any) -> None:
        if self._skipping or len(self._stack) >= MAX_DEPTH:
            if not self._skipping:
                start, end = self._content(event)
                self.problems.append(too_deep(Span(start, max(end, start + 1))))
                self._put(missing(start))
            self._skipping += 1
            return
        start, end = self._content(event)
        kind = Mapping if isinstance(event, yaml.MappingStartEvent) else Sequence
        node = kind(start, end, flow=bool(event.flow_style), tag=event.tag, anchor=event.anchor)
        if event.anchor:
            self._anchors.open(event.anchor)
        self._stack.append(_Open(node))

    def _end(self, event: Any) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        opened = self._stack.pop()
        node, children = opened.node, opened.children
        if isinstance(node, Mapping):
            node.entries = tuple(map(Entry, children[::2], children[1::2]))
            for entry in node.entries:
                self._settle(entry)
        else:
            node.items = tuple(children)
        # A pair in a flow sequence, [a: b], has no bracket: like a block collection it ends with its last value.
        bracket = node.flow and self._text[node.start] in "{["
        node.end = event.end_mark.index + self._offset if bracket else children[-1].end
        measure(node)
        if node.anchor:
            self._anchors.close(node.anchor, node)
        self._put(node)

    def _settle(self, entry: Entry) -> None:
        """Put a missing value behind its colon, or its key where there is none: PyYAML has it at the next token."""
        value = entry.value
        if value.start == value.end and not (value.anchor or value.tag or value.alias):
            colon = _COLON.match(self._text, entry.key.end, value.start)
            value.start = value.end = colon.end() if colon else entry.key.end

    def _put(self, node: Node) -> None:
        if self._stack:
            self._stack[-1].children.append(node)
        else:
            self.documents.append(node)

    def _content(self, event: Any) -> Span:
        """The event's place without the anchor and the tag in front of the content."""
        start, end = event.start_mark.index + self._offset, event.end_mark.index + self._offset
        if event.anchor or event.tag:
            match = _PROPERTIES.match(self._text, start, end)
            start = match.end() if match else start
        return Span(start, end)
