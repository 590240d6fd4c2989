"""What may stand at a place of a document: the questions that completion, hover, docs and messages ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.spec import scalars
from devkit.spec.documents.block import declared_keys
from devkit.spec.shapes import (
    ChoiceShape,
    ListShape,
    MapShape,
    ScalarShape,
    Shape,
    TextOrShape,
    as_block,
    below,
    block_below,
    shapes,
)

if TYPE_CHECKING:
    from devkit.spec.documents.block import Block
    from devkit.spec.documents.keys import Key
    from devkit.spec.kinds import Kind
    from devkit.spec.schema_problems import Path


@dataclass(frozen=True)
class KeyInfo:
    """One key at one place."""

    name: str
    key: Key
    """Description, default, limits, who holds them, examples, notes."""
    shape: Shape
    kind: Kind

    @property
    def values(self) -> tuple[str, ...]:
        """The values to offer: of an enumeration all, of a boolean both, else none."""
        if isinstance(self.shape, ChoiceShape):
            return self.shape.values
        return ("true", "false") if self.shape == ScalarShape("boolean") else ()

    @property
    def children(self) -> dict[str, KeyInfo]:
        """The keys that may stand below this one; empty for scalars and for mappings with free names."""
        block = block_below(self.shape)
        return keys_of(self.kind, block) if block is not None else {}

    @property
    def page(self) -> str:
        """The documentation's page about it."""
        return self.key.doc or self.kind.facts.doc

    @property
    def markdown(self) -> str:
        """All of it in Markdown, for hover and for the schemas."""
        return "\n\n".join(
            [f"{self.key.description} *({self.shape.text})*", *_details(self), f"[Documentation]({self.page})"]
        )


def keys_at(kind: Kind, path: Path = ()) -> dict[str, KeyInfo]:
    """The keys that may stand in the mapping at `path`; at `()` those of the document itself."""
    place = _walk(kind, path)
    return keys_of(kind, place) if isinstance(place, type) else {}


def key_at(kind: Kind, path: Path) -> KeyInfo | None:
    """The declaration of the key at the end of `path`; None where no key is declared.

    The name of an item in a mapping with free names (a deployment under `traffic`) is declared by the mapping's key.
    """
    for length in range(len(path), 0, -1):
        found = keys_at(kind, path[: length - 1]).get(str(path[length - 1]))
        if found is not None:
            free = path[length:]
            return found if _leads_through_free_names(found.shape, free) else None
    return None


def shape_at(kind: Kind, path: Path) -> Shape | None:
    """The shape of the value at the end of `path`: a key's own, or that of what its mapping or list holds."""
    for length in range(len(path), 0, -1):
        found = keys_at(kind, path[: length - 1]).get(str(path[length - 1]))
        if found is not None:
            return _inside(found.shape, path[length:])
    return None


def keys_of(kind: Kind, block: type[Block]) -> dict[str, KeyInfo]:
    """The keys of a block, as a part of a document of `kind`."""
    declared = declared_keys(block)
    return {name: KeyInfo(name, declared[name], shape, kind) for name, shape in shapes(block).items()}


def _walk(kind: Kind, path: Path) -> type[Block] | Shape | None:
    """What is at `path`: the block there, or the shape of a value that is no block."""
    place: type[Block] | Shape | None = kind.facts.block
    for step in path:
        place = below(place, step)
    return place


def _inside(shape: Shape, path: Path) -> Shape | None:
    for step in path:
        while isinstance(shape, TextOrShape):
            shape = shape.other
        if isinstance(shape, MapShape):
            shape = shape.values
        elif isinstance(shape, ListShape) and isinstance(step, int):
            shape = shape.items
        else:
            return None
    return shape


def _leads_through_free_names(shape: Shape, path: Path) -> bool:
    place: Any = as_block(shape)
    for step in path:
        if isinstance(place, type):
            return False
        place = below(place, step)
    return place is not None


def _details(info: KeyInfo) -> list[str]:
    key = info.key
    lines = []
    if key.required:
        lines.append("Required" + (f"; `{key.flag}` on the command line can give it instead." if key.flag else "."))
    if info.values:
        lines.append("Values: " + ", ".join(f"`{value}`" for value in info.values))
    if key.has_default and key.default not in ({}, []):
        lines.append(f"Default: `{yaml_text(key.default)}`" + (f" {key.unit}" if key.unit else ""))
    lines += [
        f"Limit: {each.text}{f' {key.unit}' if key.unit else ''} ({each.enforced_by.phrase} others)"
        for each in key.limits
    ]
    lines += [text for text in (key.note, _deprecated(key)) if text]
    return lines


def _deprecated(key: Key) -> str | None:
    return f"Deprecated: {key.deprecated}" if key.deprecated else None


def yaml_text(value: Any) -> str:
    """A value as YAML writes it on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {yaml_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(yaml_text(item) for item in value) + "]"
    return f"'{value}'" if isinstance(value, str) and scalars.resolve(value, plain=True) != scalars.STR else str(value)
