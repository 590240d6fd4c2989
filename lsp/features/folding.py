"""What can be folded: keys with what is below them, items of lists, and blocks of comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.spec.nodes import Mapping, Sequence
from devkit.spec.positions import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.nodes import Node
    from lsp.open_document import OpenDocument

__all__ = ["Fold", "folds"]


@dataclass(frozen=True)
class Fold:
    """Lines that fold into the first of them; counted from zero, both included."""

    first: int
    last: int
    is_comment: bool = False


def folds(opened: OpenDocument) -> list[Fold]:
    """The folds of a document of ours, as far as it is typed."""
    if opened.kind is None:
        return []
    line_of = opened.document.lines.line_of
    spans = (span for root in opened.document.tolerant.documents for span in _spans(root))
    lines = ((line_of(span.start), line_of(max(span.end - 1, span.start))) for span in spans)
    blocks = [Fold(first, last) for first, last in dict.fromkeys(lines) if last > first]
    return sorted([*blocks, *_comments(opened)], key=lambda fold: (fold.first, -fold.last))


def _spans(node: Node) -> Iterator[Span]:
    if node.alias is not None:
        return
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield Span(entry.key.start, entry.value.end)
            yield from _spans(entry.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield item.span
            yield from _spans(item)


def _comments(opened: OpenDocument) -> Iterator[Fold]:
    """Runs of at least two lines with nothing but a comment."""
    lines = opened.document.lines
    text = lines.text
    found: list[int] = []
    for offset in sorted(opened.document.tolerant.comments.values()):
        line = lines.line_of(offset)
        if text[lines.line_span(line).start : offset].strip(" \t\ufeff"):
            continue
        if found and line != found[-1] + 1:
            yield from _run(found)
            found = []
        found.append(line)
    yield from _run(found)


def _run(lines: list[int]) -> Iterator[Fold]:
    if len(lines) > 1:
        yield Fold(lines[0], lines[-1], is_comment=True)
