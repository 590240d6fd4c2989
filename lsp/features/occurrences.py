"""The endpoint or deployment under the cursor, and every place of the project where it is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from devkit.spec.cursor import Role
from devkit.spec.nodes import Mapping, Scalar, find
from devkit.spec.positions import Span
from lsp.features.edits import Target
from lsp.features.names import is_deployment, is_endpoint
from lsp.features.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.subject import Subject
    from devkit.spec.nodes import Node
    from devkit.spec.nodes import Path as KeyPath
    from lsp.open_document import OpenDocument

__all__ = ["Named", "Occurrence", "named_at", "occurrences"]

Sort: TypeAlias = Literal["endpoint", "deployment"]

_SHARES = ("traffic", "mirror_traffic")


@dataclass(frozen=True)
class Named:
    """An endpoint, or a deployment of one. Azure compares both names without case."""

    sort: Sort
    name: str
    endpoint: str
    span: Span
    """Where it is named under the cursor, without quotes."""


@dataclass(frozen=True)
class Occurrence:
    """One place where something is named."""

    target: Target
    is_definition: bool
    """Whether it is the `name` of the thing's own document."""


def named_at(opened: OpenDocument, offset: int) -> Named | None:
    """The endpoint or deployment that is named at an offset."""
    subject = opened.subject
    if subject is None:
        return None
    cursor = Place(opened, offset).cursor
    path = cursor.path
    if cursor.role is Role.KEY and cursor.entry is not None:
        path = (*path, cursor.entry.name)
    elif cursor.role is not Role.VALUE:
        return None
    return next((named for keys, named in _mentions(subject) if keys == path and named.span.covers(offset)), None)


def occurrences(opened: OpenDocument, named: Named) -> list[Occurrence]:
    """Every place of the document's group that names the same thing, its own document first."""
    subject = opened.subject
    if subject is None:
        return []
    project = opened.project
    group = project.group(subject)
    found = [
        Occurrence(Target(each.path, mention.span), keys == ("name",))
        for each in project.subjects
        if project.group(each) == group
        for keys, mention in _mentions(each)
        if _same(mention, named)
    ]
    return sorted(found, key=lambda each: (not each.is_definition, each.target.path, each.target.span))


def _same(one: Named, other: Named) -> bool:
    return (one.sort, one.name.lower()) == (other.sort, other.name.lower()) and (
        one.sort == "endpoint" or one.endpoint.lower() == other.endpoint.lower()
    )


def _mentions(subject: Subject) -> Iterator[tuple[KeyPath, Named]]:
    """Every endpoint and deployment that a document names, and the path of the key or value that does."""
    root = subject.document.root
    if is_endpoint(subject):
        endpoint = subject.text("name") or ""
        yield from _value(root, ("name",), "endpoint", endpoint)
        yield from _value(root, ("defaults", "deployment_name"), "deployment", endpoint)
        for share in _SHARES:
            shares = find(root, (share,))
            for entry in shares.entries if isinstance(shares, Mapping) else ():
                if isinstance(entry.key, Scalar):
                    yield (share, entry.name), Named("deployment", entry.name, endpoint, _inner(entry.key))
    elif is_deployment(subject):
        endpoint = subject.text("endpoint_name") or ""
        yield from _value(root, ("name",), "deployment", endpoint)
        yield from _value(root, ("endpoint_name",), "endpoint", endpoint)


def _value(root: Node, path: KeyPath, sort: Sort, endpoint: str) -> Iterator[tuple[KeyPath, Named]]:
    node = find(root, path)
    if isinstance(node, Scalar) and node.text and node.alias is None:
        yield path, Named(sort, node.text, endpoint, _inner(node))


def _inner(node: Scalar) -> Span:
    """The span of a scalar's text, without its quotes."""
    return Span(node.start + 1, node.end - 1) if node.style in {"'", '"'} else node.span
