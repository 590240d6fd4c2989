"""Where that is which a value names: `def run`, the conda file, the endpoint's or deployment's own document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.cursor import Role
from devkit.spec.nodes import walk
from devkit.spec.references import PREFIX
from lsp.features import names
from lsp.features.edits import Target
from lsp.features.links import files_named
from lsp.features.occurrences import named_at, occurrences
from lsp.features.place import Place
from lsp.features.scripts import function_span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lsp.open_document import OpenDocument

__all__ = ["definition"]


def definition(opened: OpenDocument, offset: int) -> list[Target]:
    """The places that what stands at an offset leads to; empty where it leads nowhere."""
    named = named_at(opened, offset)
    if named is not None:
        return [each.target for each in occurrences(opened, named) if each.is_definition]
    place = Place(opened, offset)
    if opened.subject is None or place.cursor.role is not Role.VALUE:
        return []
    return [*_alias(place), *_file(place), *_registered(place)]


def _file(place: Place) -> Iterator[Target]:
    opened = place.opened
    if opened.subject is None:
        return
    for keys, path, span in files_named(opened.subject):
        if keys == place.cursor.path and span.covers(place.offset) and opened.files.is_file(path):
            yield _in_file(opened, path)


def _in_file(opened: OpenDocument, path: Path) -> Target:
    text = opened.files.read(path) if path.suffix == ".py" else None
    span = function_span(text, "run") if text is not None else None
    return Target(path, span) if span is not None else Target(path)


def _registered(place: Place) -> Iterator[Target]:
    """The document that describes a registered model or environment, if the project has it."""
    text = place.value(*place.cursor.path) or ""
    if not text.startswith(PREFIX):
        return
    name = text[len(PREFIX) :].partition("@")[0].partition(":")[0]
    key = str(place.cursor.path[-1])
    for subject in place.opened.project.subjects:
        node = subject.node("name")
        if subject.kind.value == key and node is not None and names.is_called(subject, name):
            yield Target(subject.path, node.span)


def _alias(place: Place) -> Iterator[Target]:
    node = place.node(*place.cursor.path)
    if node is None or node.alias is None:
        return
    for _, other in walk(place.root):
        if other.anchor == node.alias and other.alias is None:
            yield Target(place.opened.path, other.span)
            return
