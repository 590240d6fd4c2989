"""Short hints behind values: what a machine size has, how long a number of milliseconds is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.spec import catalog
from devkit.spec.nodes import Mapping, Scalar
from devkit.spec.skus import find_sku
from lsp.features import sizes
from lsp.features.durations import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.catalog import KeyInfo
    from devkit.spec.kinds import Kind
    from devkit.spec.nodes import Node
    from devkit.spec.nodes import Path as KeyPath
    from devkit.spec.positions import Span
    from lsp.open_document import OpenDocument

__all__ = ["Inlay", "inlays"]


@dataclass(frozen=True)
class Inlay:
    """Text that is shown behind an offset and is not in the file."""

    offset: int
    text: str
    tooltip: str = ""
    """Markdown."""


def inlays(opened: OpenDocument, span: Span) -> list[Inlay]:
    """The hints for the part of a document that is seen."""
    if opened.kind is None:
        return []
    found = _below(opened.document.tolerant.documents[0], opened.kind, ())
    return [each for each in found if span.covers(each.offset)]


def _below(node: Node, kind: Kind, path: KeyPath) -> Iterator[Inlay]:
    if not isinstance(node, Mapping):
        return
    keys = catalog.keys_at(kind, path)
    for entry in node.entries if keys else ():
        info = keys.get(entry.name)
        if info is None:
            continue
        if isinstance(entry.value, Scalar):
            yield from _behind(entry.value, info)
        elif info.children:
            yield from _below(entry.value, kind, (*path, entry.name))


def _behind(node: Scalar, info: KeyInfo) -> Iterator[Inlay]:
    if node.is_missing:
        return
    words = in_words(node.value, info.key.unit)
    sku = find_sku(node.text) if info.key.role == "instance-type" else None
    if words:
        yield Inlay(node.end, words)
    elif sku is not None:
        yield Inlay(node.end, sizes.facts(sku), sizes.table(sku))
