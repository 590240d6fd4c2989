"""The keys that may stand at a place and are not there yet, each with what usually stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec import catalog
from devkit.spec.kinds import SCHEMA_BASE
from devkit.spec.server_variables import server_variables
from devkit.spec.shapes import BlockShape, ChoiceShape, ListShape, MapShape, ReferenceShape, TextOrShape
from lsp.features import names
from lsp.features.blocks import INDENT, blocks_of, lines, suggested
from lsp.features.completion_item import Completion, ItemKind, escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.catalog import KeyInfo
    from devkit.spec.kinds import Kind
    from lsp.features.place import Place

__all__ = ["free_names", "keys", "schema_line"]

_STREAMS = ("request", "response", "model_inputs", "model_outputs")
"""The collections that Azure ML names itself (Azure ML's `how-to-collect-production-data`, read 2026-11)."""


def keys(place: Place, kind: Kind) -> Iterator[Completion]:
    """The declared keys of the mapping here: required ones first, then in the declaration's order, deprecated last."""
    path = place.cursor.path
    if not path:
        yield from schema_line(place, kind)
    for rank, info in enumerate(catalog.keys_at(kind, path).values(), start=100):
        if info.key.output_only or not _is_free(place, info.name):
            continue
        is_blank = not _has_colon(place)
        item_rank = _rank(info, rank)
        yield _key(place, info, item_rank)
        if is_blank and not place.in_flow:
            yield from _blocks(place, kind, info, item_rank)


def free_names(place: Place, kind: Kind) -> Iterator[Completion]:
    """The names that are known for a mapping whose keys are anybody's choice."""
    path = place.cursor.path
    info = catalog.key_at(kind, path)
    if info is None or not isinstance(catalog.shape_at(kind, path), MapShape):
        return
    if info.key.role == "deployment-name":
        yield from _deployments(place, info)
    elif info.key.role == "environment-variable":
        yield from _variables(place)
    elif path[-1] == "collections":
        for rank, name in enumerate(_STREAMS):
            if _is_free(place, name):
                yield _named(place, name, rank, detail="stream of records", behind=":")


def schema_line(place: Place, kind: Kind, rank: int = 90) -> Iterator[Completion]:
    """The line that tells every tool what the document is."""
    if _is_free(place, "$schema") and not place.in_flow:
        url = f"{SCHEMA_BASE}{kind.facts.schema_name}.schema.json"
        yield Completion(
            label="$schema",
            kind=ItemKind.KEY,
            span=place.cursor.span,
            text="$schema" if _has_colon(place) else f"$schema: {url}",
            rank=rank,
            detail=kind.facts.title,
            about=f"Says that this is a {kind.facts.title}.",
            indentation=place.indentation,
        )


def _rank(info: KeyInfo, position: int) -> int:
    if info.key.required:
        return position - 100
    return position + (200 if info.key.deprecated or info.key.experimental else 0)


def _is_free(place: Place, name: str) -> bool:
    """Whether a key is not there yet, but perhaps being typed here."""
    here = place.cursor.entry.name if place.cursor.entry else None
    return name not in place.cursor.keys or name == here


def _has_colon(place: Place) -> bool:
    """Whether the key at the cursor has its colon, and so its value, already."""
    return place.cursor.entry is not None and place.cursor.entry.colon >= 0


def _key(place: Place, info: KeyInfo, rank: int) -> Completion:
    behind, asks = ("", False) if _has_colon(place) else _behind(place, info)
    return Completion(
        label=info.name,
        kind=ItemKind.KEY,
        span=place.cursor.span,
        text=escape(info.name) + behind,
        is_snippet=True,
        rank=rank,
        label_detail="required" if info.key.required else "",
        detail=info.shape.text + (f", {info.key.unit}" if info.key.unit else ""),
        about=info,
        is_deprecated=bool(info.key.deprecated),
        asks_again=asks,
        indentation=place.indentation,
    )


def _behind(place: Place, info: KeyInfo) -> tuple[str, bool]:
    """What follows a key as a snippet, and whether the next list is wanted: of values, or of keys below."""
    shape = info.shape
    if place.in_flow or _offers_values(info):
        return ": ", True
    inner = place.cursor.indent + INDENT
    if isinstance(shape, ListShape):
        return f":\n{' ' * inner}- ", True
    if isinstance(shape, (BlockShape, MapShape)):
        return f":\n{' ' * inner}", True
    value = suggested(info) if info.key.has_default and info.key.default is not None else ""
    return (f": ${{1:{escape(value)}}}", False) if value else (": ", False)


def _offers_values(info: KeyInfo) -> bool:
    """Whether there is a list to show behind the key on its own line."""
    if isinstance(info.shape, (BlockShape, MapShape, ListShape)):
        return False
    is_listed = bool(info.values) or isinstance(info.shape, (ChoiceShape, ReferenceShape, TextOrShape))
    return is_listed or info.key.role in {"file", "folder", "path", "image", "instance-type", "endpoint-name"}


def _blocks(place: Place, kind: Kind, info: KeyInfo, rank: int) -> Iterator[Completion]:
    """The key with the lines that are usually below it."""
    indent = place.cursor.indent
    for block in blocks_of(info):
        body = lines(kind, (*place.cursor.path, info.name), block.body, indent + INDENT)
        yield Completion(
            label=f"{info.name}: …",
            kind=ItemKind.BLOCK,
            span=place.cursor.span,
            text="\n".join([f"{info.name}:", *body]),
            is_snippet=True,
            rank=rank,
            filter_text=info.name,
            label_detail=block.title,
            detail="block",
            about=info,
            indentation=place.indentation,
        )


def _deployments(place: Place, info: KeyInfo) -> Iterator[Completion]:
    for rank, (name, subject) in enumerate(names.deployments(place.opened, place.value("name"))):
        if _is_free(place, name):
            yield _named(place, name, rank, detail=subject.path.name, behind=": ${1:" + str(_share(place, info)) + "}")


def _share(place: Place, info: KeyInfo) -> int:
    """What is left of 100 percent for one more deployment."""
    given = [place.value(info.name, name) or "0" for name in place.cursor.keys if name]
    return max(100 - sum(int(each) for each in given if each.isdecimal()), 0)


def _variables(place: Place) -> Iterator[Completion]:
    for rank, variable in enumerate(server_variables().values()):
        if variable.offered and _is_free(place, variable.name):
            yield _named(
                place,
                variable.name,
                rank,
                detail="variable of the inference server",
                behind=f': "${{1:{escape(variable.default)}}}"',
                about=variable.description + (f"\n\nDefault: `{variable.default}`" if variable.default else ""),
            )


def _named(place: Place, name: str, rank: int, *, detail: str, behind: str, about: str = "") -> Completion:  # noqa: PLR0913 - an item's parts
    opens = behind == ":"
    if opens:
        behind = f":\n{' ' * (place.cursor.indent + INDENT)}"
    return Completion(
        label=name,
        kind=ItemKind.VARIABLE if about else ItemKind.REFERENCE,
        span=place.cursor.span,
        text=escape(name) + ("" if _has_colon(place) else behind),
        is_snippet=True,
        rank=rank,
        detail=detail,
        about=about,
        asks_again=opens,
        indentation=place.indentation,
    )
