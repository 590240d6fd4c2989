"""Anchors and aliases within bounds: an alias bomb of a few lines must not become a tree of a billion nodes."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from devkit.spec.nodes import Mapping, Node, Scalar, Sequence
from devkit.spec.problems import ProblemKind, YamlProblem

if TYPE_CHECKING:
    from devkit.spec.positions import Span

MAX_DEPTH = 100
"""Levels of nesting that are read. Published deployments stay under 10; what reads the trees may recurse."""

MAX_ALIASED_NODES = 100_000
"""Nodes that all aliases of a document may bring in together."""


class Anchors:
    """The anchors of one document while it is read."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._open: set[str] = set()
        self._aliased = 0

    def open(self, name: str) -> None:
        """Remember that a collection with an anchor has begun: until it is closed an alias to it would be a circle."""
        self._open.add(name)

    def close(self, name: str, node: Node) -> None:
        """Remember what an anchor stands for from here on."""
        self._open.discard(name)
        self._nodes[name] = node

    def resolve(self, name: str, span: Span, depth: int) -> Node | YamlProblem:
        """The node that an alias at `depth` stands for, or why there is none."""
        if name in self._open:
            return _problem(ProblemKind.VALUE, span, f"*{name} stands inside the value that &{name} names.")
        target = self._nodes.get(name)
        if target is None:
            message = f"The alias *{name} has no anchor: &{name} is not written above it."
            return YamlProblem(
                ProblemKind.SYNTAX, message, f"Write &{name} before the value it should stand for.", span
            )
        if self._aliased + target.size > MAX_ALIASED_NODES:
            what = f"The aliases up to *{name} stand for more than {MAX_ALIASED_NODES:,} values."
            return _problem(ProblemKind.LIMIT, span, what)
        if depth + target.height > MAX_DEPTH:
            return too_deep(span)
        self._aliased += target.size
        return _aliased(target, name, span)


def missing(offset: int) -> Scalar:
    """The node of a value that is not written."""
    return Scalar(offset, offset)


def unresolved(name: str, span: Span) -> Scalar:
    """The node of an alias that stands for nothing: null, but written."""
    return Scalar(span.start, span.end, alias=name)


def too_deep(span: Span) -> YamlProblem:
    """The problem of nesting beyond `MAX_DEPTH`."""
    what = f"This is nested deeper than {MAX_DEPTH} levels; what lies below is not read."
    return YamlProblem(ProblemKind.LIMIT, what, "Look for a bracket that is opened again and again.", span)


def measure(node: Mapping | Sequence) -> None:
    """Set height and size of a collection whose children are complete."""
    if isinstance(node, Mapping):
        children = [child for entry in node.entries for child in (entry.key, entry.value)]
    else:
        children = list(node.items)
    node.height = 1 + max((child.height for child in children), default=0)
    node.size = 1 + sum(child.size for child in children)


def _aliased(target: Node, name: str, span: Span) -> Node:
    node = copy.copy(target)
    node.start, node.end = span
    node.alias, node.anchor = name, None
    return node


def _problem(kind: ProblemKind, span: Span, message: str) -> YamlProblem:
    return YamlProblem(kind, message, "Write the value out instead of the alias.", span)
