"""What may be typed at a place of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec import catalog
from devkit.spec.cursor import Role
from devkit.spec.kinds import FACTS
from devkit.spec.nodes import Mapping, Sequence
from devkit.spec.shapes import MapShape, block_below
from lsp.features.completion_keys import free_names, keys, schema_line
from lsp.features.completion_values import schema_urls, values
from lsp.features.place import Place
from lsp.features.templates import templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.kinds import Kind
    from lsp.features.completion_item import Completion
    from lsp.open_document import OpenDocument

__all__ = ["complete"]


def complete(opened: OpenDocument, offset: int) -> list[Completion]:
    """The items for a place of a text, however broken the text is; the best first.

    Nothing inside a comment, and nothing in a YAML file that is another tool's.
    """
    if not opened.is_yaml:
        return []
    place = Place(opened, offset)
    if place.cursor.role is Role.COMMENT or not place.cursor.span.covers(offset):  # a space behind a whole value
        return []
    return sorted(_items(place), key=lambda item: item.rank)


def _items(place: Place) -> Iterator[Completion]:
    kind = place.kind
    if _is_beginning(place):
        yield from _beginnings(place, kind)
    if kind is None:
        return
    if place.cursor.role is Role.VALUE:
        yield from values(place, kind, place.cursor.path)
    else:
        yield from _of_collection(place, kind)


def _of_collection(place: Place, kind: Kind) -> Iterator[Completion]:
    """The keys of the mapping here; where the place can be none, the value itself, begun on a line of its own."""
    path = place.cursor.path
    if isinstance(place.node(*path), Sequence):
        return
    shape = catalog.shape_at(kind, path) if path else None
    if not path or (shape is not None and block_below(shape) is not None):
        yield from keys(place, kind)
    elif isinstance(shape, MapShape):
        yield from free_names(place, kind)
    elif not isinstance(place.node(*path), Mapping):
        yield from values(place, kind, path)


def _is_beginning(place: Place) -> bool:
    """Whether there is no key in the document yet but what is being typed."""
    if place.cursor.path not in {(), ("$schema",)}:
        return False
    root = place.root
    written = {entry.name for entry in root.entries} if isinstance(root, Mapping) else set()
    return not written - {"$schema"} and not isinstance(root, Sequence)


def _beginnings(place: Place, kind: Kind | None) -> Iterator[Completion]:
    """Whole documents, and the `$schema` of each kind."""
    if place.cursor.role is Role.VALUE:
        if kind is None and place.cursor.path == ("$schema",):
            yield from schema_urls(place)
        return
    if "$schema" in place.cursor.keys:
        return
    if place.cursor.entry is None:
        yield from templates(place)
    if kind is None:
        for rank, each in enumerate(FACTS, start=50):
            yield from schema_line(place, each, rank)
