"""The reference of all keys as Markdown, made from the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devkit.spec.catalog import KeyInfo, keys_at, keys_of, yaml_text
from devkit.spec.kinds import Kind
from devkit.spec.schema_problems import Enforcer
from devkit.spec.shapes import ListShape, MapShape, Shape, TextOrShape, block_below

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.spec.documents.keys import Limit

_INTRODUCTION: Final = """\
# YAML reference

Every key of every kind of document that the kit knows. This page is made from the declarations in
`devkit/spec/documents` (`python -m devkit.spec.generate`); do not edit it.

Whoever refuses a value outside its limit stands behind the limit: **loader** is azure-ai-ml while it reads the file,
**client** azure-ai-ml before it sends anything, **service** is Azure alone, **docs** means that the documentation asks
for it and nobody refuses. A key with a dot belongs into the mapping before the dot, `[]` stands for an item of a list
and `<name>` for a name of your choice.
"""
_HEADER: Final = "| Key | Type | Default | Values and limits | |\n| --- | --- | --- | --- | --- |"
_NAMES: Final = {
    Enforcer.LOADER: "loader",
    Enforcer.CLIENT: "client",
    Enforcer.SERVICE: "service",
    Enforcer.DOCS: "docs",
}


def reference_page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *(_section(kind) for kind in Kind)])


def _section(kind: Kind) -> str:
    facts = kind.facts
    title = facts.title[0].upper() + facts.title[1:]
    lines = [f"## {title}", "", f"`{facts.command}` · `--kind {kind.value}` · [Azure's page]({facts.doc})", "", _HEADER]
    lines += [_row(name, info) for name, info in _flat(keys_at(kind))]
    return "\n".join([*lines, ""])


def _flat(infos: Mapping[str, KeyInfo], prefix: str = "") -> Iterator[tuple[str, KeyInfo]]:
    for name, info in infos.items():
        if info.key.output_only:
            continue
        yield prefix + name, info
        yield from _flat(info.children or _item_keys(info), f"{prefix}{name}{_step(info.shape)}.")


def _item_keys(info: KeyInfo) -> dict[str, KeyInfo]:
    item = _item(info.shape)
    block = block_below(item) if item is not None else None
    return keys_of(info.kind, block) if block is not None else {}


def _item(shape: Shape) -> Shape | None:
    if isinstance(shape, MapShape):
        return shape.values
    if isinstance(shape, ListShape):
        return shape.items
    return _item(shape.other) if isinstance(shape, TextOrShape) else None


def _step(shape: Shape) -> str:
    return ".<name>" if isinstance(shape, MapShape) else "[]" if isinstance(shape, ListShape) else ""


def _row(name: str, info: KeyInfo) -> str:
    key = info.key
    required = " **required**" if key.required else ""
    default = f"`{yaml_text(key.default)}`" if key.has_default and key.default not in ({}, []) else ""
    if default and key.unit:
        default += f" {key.unit}"
    values = "; ".join([*(f"`{value}`" for value in info.values), *(_limit(each, key.unit) for each in key.limits)])
    text = " ".join(part for part in (key.description, key.note, _extras(info)) if part)
    return f"| `{name}`{required} | {info.shape.text} | {default} | {values} | {_cell(text)} |"


def _limit(limit: Limit, unit: str | None) -> str:
    return _cell(f"{limit.text}{f' {unit}' if unit else ''} ({_NAMES[limit.enforced_by]})")


def _extras(info: KeyInfo) -> str:
    key = info.key
    texts = [f"Also written `{key.alias}`." if key.alias else ""]
    texts.append(f"`{key.flag}` on the command line can give it." if key.flag else "")
    texts.append(f"Deprecated: {key.deprecated}" if key.deprecated else "")
    texts.append("Experimental." if key.experimental else "")
    if key.examples:
        texts.append("Example: " + ", ".join(f"`{yaml_text(example)}`" for example in key.examples[:2]) + ".")
    return " ".join(text for text in texts if text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
