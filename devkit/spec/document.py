"""One text and the views of it that loader, checks and editor share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from devkit.spec import cursor, meaning, nodes, strict, tolerant
from devkit.spec.nearby import Nearby
from devkit.spec.positions import Encoding, LineTable, Position, Range, Span

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.spec.cursor import Cursor
    from devkit.spec.nodes import Node
    from devkit.spec.problems import YamlProblem
    from devkit.spec.tolerant import TolerantView


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

    @cached_property
    def tolerant(self) -> TolerantView:
        """The tree of the text as it is, half-typed or not, and what it takes to answer an editor's questions."""
        return tolerant.read(self.text)

    @cached_property
    def _nearby(self) -> Nearby:
        return Nearby(self.text)

    @cached_property
    def _near(self) -> dict[tuple[Span, ...], TolerantView]:
        return {}

    def near(self, offset: int) -> TolerantView:
        """The tolerant tree of what is needed to tell what stands at an offset; the whole one if it is there already.

        It has the first document and the one that the offset is in. Long runs of simple lines in other blocks are left
        out: see `devkit.spec.nearby`.
        """
        without = self._nearby.without(offset)
        if not without or "tolerant" in vars(self):
            return self.tolerant
        if without not in self._near:
            self._near[without] = tolerant.read(self.text, without)
        return self._near[without]

    @cached_property
    def problems(self) -> tuple[YamlProblem, ...]:
        """What is wrong with the text as YAML, in the order of the text.

        Of a text that does not parse PyYAML tells the first mistake only, and often where it noticed it instead of
        where it is. What the tolerant reader had to mend takes its place.
        """
        if self.strict.parses:
            return self.strict.problems
        notes = self.tolerant.notes
        first = min((note.span for note in notes), default=None)
        unexplained = [problem for problem in self.strict.problems if first is None or problem.span < first]
        meant = [problem for root in self.tolerant.documents for problem in meaning.problems(root)]
        return tuple(sorted([*notes, *unexplained, *meant], key=lambda problem: problem.span))

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        """The root of each YAML document in the text; at least one, a missing value for an empty text.

        They are the strict view's when the text parses, and the tolerant tree's otherwise.
        """
        if self.strict.parses:
            return self.strict.documents or (nodes.Scalar(0, 0),)
        return self.tolerant.documents

    @property
    def root(self) -> Node:
        """The root of the first YAML document."""
        return self.roots[0]

    def find(self, path: nodes.Path) -> Node | None:
        """The node at the end of a path in the first YAML document."""
        return nodes.find(self.root, path)

    def cursor_at(self, position: Position, encoding: Encoding = Encoding.UTF32) -> Cursor:
        """What stands at a line and column (from zero): path, role, prefix and the keys beside it. For any text."""
        offset = self.lines.offset(position, encoding)
        return cursor.at(self.near(offset), offset)

    def range(self, span: Span, encoding: Encoding = Encoding.UTF32) -> Range:
        """Lines and columns (from zero) of a span."""
        return self.lines.range(span, encoding)

    def slice(self, span: Span) -> str:
        """The text that a span covers."""
        return self.text[span.start : span.end]
