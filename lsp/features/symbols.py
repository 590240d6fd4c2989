"""The outline of a document."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.spec.nodes import Mapping, Scalar, Sequence
from devkit.spec.positions import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.nodes import Node
    from lsp.open_document import OpenDocument

__all__ = ["Symbol", "SymbolKind", "symbols"]

_LONGEST = 60
"""Characters of a value that an outline shows."""


class SymbolKind(str, enum.Enum):
    """What a key's value is; the values are names of LSP's SymbolKind."""

    MAPPING = "Object"
    LIST = "Array"
    TEXT = "String"
    NUMBER = "Number"
    BOOLEAN = "Boolean"
    NOTHING = "Null"


@dataclass(frozen=True)
class Symbol:
    """One key with its value, or one item of a list."""

    name: str
    detail: str
    kind: SymbolKind
    span: Span
    selection: Span
    """The key, or the item itself; inside `span`."""
    children: tuple[Symbol, ...] = ()


def symbols(opened: OpenDocument) -> list[Symbol]:
    """The outline of a document of ours, as far as it is typed."""
    if opened.kind is None:
        return []
    return [symbol for root in opened.document.tolerant.documents for symbol in _below(root)]


def _below(node: Node) -> Iterator[Symbol]:
    if node.alias is not None:  # what the anchor has is outlined there
        return
    if isinstance(node, Mapping):
        for entry in node.entries:
            span = Span(entry.key.start, max(entry.value.end, entry.key.end))
            yield _symbol(entry.name or "?", entry.value, span, entry.key.span)
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield _symbol(str(index), item, item.span, item.span)


def _symbol(name: str, value: Node, span: Span, selection: Span) -> Symbol:
    detail = value.text if isinstance(value, Scalar) else ""
    shown = " ".join(detail[: _LONGEST + 1].split())
    short = shown if len(detail) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
    return Symbol(name, short, _kind(value), span, selection, tuple(_below(value)))


def _kind(node: Node) -> SymbolKind:
    if isinstance(node, Mapping):
        return SymbolKind.MAPPING
    if isinstance(node, Sequence):
        return SymbolKind.LIST
    value = node.value
    if value is None:
        return SymbolKind.NOTHING
    if isinstance(value, bool):
        return SymbolKind.BOOLEAN
    return SymbolKind.NUMBER if isinstance(value, (int, float)) else SymbolKind.TEXT
