"""Where in a text a problem is to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.nodes import Mapping, Node, find
from devkit.spec.positions import Span
from devkit.spec.schema_problems import Code, Path, Problem

if TYPE_CHECKING:
    from devkit.spec.document import Document

_ABSENT = frozenset({Code.MISSING_KEY, Code.MISSING_NAME})


def span_of(document: Document, problem: Problem) -> Span:
    """The span of a problem: the key or the value it is about, or, for a missing key, what it is missing from.

    A value that comes from the command line and not from the text is shown at the nearest thing above it.
    """
    if problem.code in _ABSENT:
        return span_at(document, problem.path[:-1], on_key=True)
    return span_at(document, problem.path, on_key=problem.on_key)


def span_at(document: Document, path: Path, *, on_key: bool = False) -> Span:
    """The span of a value, or of its key; of the nearest key above it where the text does not have it.

    A value that is not written behind its colon has no span of its own, so its key is taken.
    """
    node = find(document.root, path)
    if node is None or not path:
        return _span_of_block(document.root, path[:-1])
    return key_span(document.root, path) if on_key or node.start == node.end else node.span


def key_span(root: Node, path: Path) -> Span:
    """The span of the key at the end of a path; for an item of a list, of the item."""
    parent = find(root, path[:-1])
    span = parent.key_span(path[-1]) if isinstance(parent, Mapping) else None
    if span is not None:
        return span
    node = find(root, path)
    return node.span if node is not None else _span_of_block(root, path[:-1])


def _span_of_block(root: Node, path: Path) -> Span:
    """The key that leads to a block; for the document itself its first key."""
    while path and find(root, path) is None:
        path = path[:-1]
    if path:
        return key_span(root, path)
    first = next(iter(root.entries), None) if isinstance(root, Mapping) else None
    return first.key.span if first is not None else Span(root.start, root.start)
