"""Growing a selection: the word, the value, the key with its value, the mapping around it, the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.nodes import Mapping, Scalar, Sequence
from devkit.spec.positions import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.nodes import Node
    from lsp.open_document import OpenDocument

__all__ = ["selection"]


def selection(opened: OpenDocument, offset: int) -> list[Span]:
    """The spans to select one after the other from an offset, each inside the next; the last is the whole text."""
    roots = opened.document.tolerant.documents
    outwards = [Span(0, len(opened.document.text))]
    for root in roots if opened.kind is not None else ():
        if root.span.covers(offset):
            outwards.extend(_inwards(root, offset))
            break
    inside: list[Span] = []
    for span in reversed(outwards):
        if not inside or (span != inside[-1] and span.start <= inside[-1].start and span.end >= inside[-1].end):
            inside.append(span)
    return inside


def _inwards(node: Node, offset: int) -> Iterator[Span]:
    """The spans around an offset from the outside in."""
    yield node.span
    if isinstance(node, Mapping) and node.alias is None:
        for entry in node.entries:
            if entry.key.start <= offset <= max(entry.value.end, entry.key.end):
                yield Span(entry.key.start, max(entry.value.end, entry.key.end))
                at_key = entry.key.span.covers(offset)
                yield from _inwards(entry.key if at_key else entry.value, offset)
                return
    elif isinstance(node, Sequence) and node.alias is None:
        for item in node.items:
            if item.span.covers(offset):
                yield from _inwards(item, offset)
                return
    elif isinstance(node, Scalar) and node.style in {"'", '"'}:
        yield Span(node.start + 1, max(node.end - 1, node.start + 1))
