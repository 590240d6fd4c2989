"""One text and the views of it that loader, checks and editor share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from devkit.spec import nodes, strict
from devkit.spec.positions import Encoding, LineTable, Range, Span

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.spec.nodes import Node
    from devkit.spec.problems import YamlProblem


@dataclass(frozen=True)
class Document:
    """An immutable text with positions. Each view is made when it is first asked for, and kept.

    Args:
        text: The whole text, with the byte order mark if the file has one: offsets count it.
        path: The file it comes from, if any; nothing is read from it.
        uri: What an editor calls it.
        version: The editor's version of the text.
    """

    text: str
    path: Path | None = None
    uri: str | None = None
    version: int = 0

    @cached_property
    def lines(self) -> LineTable:
        """The line table."""
        return LineTable(self.text)

    @cached_property
    def strict(self) -> strict.StrictView:
        """What PyYAML reads, and every problem of the text as YAML."""
        return strict.read(self.text)

    @property
    def problems(self) -> tuple[YamlProblem, ...]:
        """What is wrong with the text as YAML, in the order of the text."""
        return self.strict.problems

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        """The root of each YAML document in the text; at least one, a missing value for an empty text.

        They are the strict view's when the text parses, and the tolerant tree's otherwise.
        """
        return self.strict.documents or (nodes.Scalar(0, 0),)

    @property
    def root(self) -> Node:
        """The root of the first YAML document."""
        return self.roots[0]

    def find(self, path: nodes.Path) -> Node | None:
        """The node at the end of a path in the first YAML document."""
        return nodes.find(self.root, path)

    def range(self, span: Span, encoding: Encoding = Encoding.UTF32) -> Range:
        """Lines and columns (from zero) of a span."""
        return self.lines.range(span, encoding)

    def slice(self, span: Span) -> str:
        """The text that a span covers."""
        return self.text[span.start : span.end]
