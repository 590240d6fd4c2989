"""A place in an open document, and what the features ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from devkit.spec import cursor as cursors
from devkit.spec.nodes import Mapping, Scalar, Sequence, find
from devkit.spec.positions import Span
from devkit.spec.recognition import recognise, recognise_node
from lsp.features.edits import Edit

if TYPE_CHECKING:
    from devkit.spec.cursor import Cursor
    from devkit.spec.kinds import Kind
    from devkit.spec.nodes import Node
    from devkit.spec.nodes import Path as KeyPath
    from devkit.spec.tolerant import TolerantView
    from lsp.open_document import OpenDocument

__all__ = ["Place"]


@dataclass(frozen=True, eq=False)
class Place:
    """An offset in an open document. The tree is the tolerant one near it, which there is for any text."""

    opened: OpenDocument
    offset: int

    @cached_property
    def _view(self) -> TolerantView:
        return self.opened.document.near(self.offset)

    @cached_property
    def cursor(self) -> Cursor:
        """What stands here."""
        return cursors.at(self._view, self.offset)

    @property
    def text(self) -> str:
        """The whole text."""
        return self.opened.document.text

    @cached_property
    def root(self) -> Node:
        """The root of the YAML document that the place is in."""
        return self._view.documents[self.cursor.document]

    @cached_property
    def kind(self) -> Kind | None:
        """What the YAML document describes that the place is in: a text may have several."""
        if self.cursor.document == 0 and self.opened.kind is not None:
            return self.opened.kind
        if not isinstance(self.root, Mapping) or not self.root.entries:
            return recognise({}, self.opened.path.name)
        return recognise_node(self.root, self.opened.path.name) if self.cursor.document else None

    def node(self, *path: str | int) -> Node | None:
        """The node at the end of a path of this YAML document."""
        return find(self.root, path)

    def value(self, *path: str | int) -> str | None:
        """The text of the scalar at the end of a path, whatever type it resolves to."""
        node = self.node(*path)
        return node.text if isinstance(node, Scalar) and not node.is_missing else None

    @cached_property
    def line_start(self) -> int:
        """Where the place's line starts."""
        lines = self.opened.document.lines
        return lines.line_span(lines.line_of(self.offset)).start

    @cached_property
    def value_span(self) -> Span:
        """The part of what stands here that is on the place's line: an item replaces nothing on other lines."""
        lines, span = self.opened.document.lines, self.cursor.span
        line_end = lines.line_span(lines.line_of(self.offset)).end
        return Span(max(span.start, self.line_start), min(span.end, line_end))

    @cached_property
    def indentation(self) -> Edit | None:
        """How the line's indentation must change so that a key here stands in its column; None when it does."""
        before = self.text[self.line_start : self.cursor.span.start]
        if before.strip(" \t") or before == " " * self.cursor.indent:
            return None
        return Edit(Span(self.line_start, self.cursor.span.start), " " * self.cursor.indent)

    @cached_property
    def in_flow(self) -> bool:
        """Whether the place is inside brackets or braces."""
        return any(
            isinstance(node, Mapping | Sequence) and node.flow and node.start < self.offset <= node.end
            for node in self._above(self.cursor.path)
        )

    def _above(self, path: KeyPath) -> list[Node]:
        nodes = (find(self.root, path[:length]) for length in range(len(path) + 1))
        return [node for node in nodes if node is not None]
