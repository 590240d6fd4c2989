"""What there is to know about the key or value under the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.spec import catalog, images, skus
from devkit.spec.cursor import Role
from devkit.spec.locations import is_on_this_machine
from devkit.spec.nodes import Scalar
from devkit.spec.references import (
    FILE_PREFIX,
    PREFIX,
    Asset,
    BadReferenceError,
    RegistryAsset,
    WorkspaceAsset,
    parse_asset,
    singular,
)
from devkit.spec.server_variables import server_variables
from devkit.spec.shapes import ReferenceShape
from lsp.features import names, sizes
from lsp.features.durations import in_words
from lsp.features.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.catalog import KeyInfo
    from devkit.spec.kinds import Kind
    from devkit.spec.nodes import Path
    from devkit.spec.positions import Span
    from devkit.spec.references import AssetReference, Collection
    from lsp.open_document import OpenDocument

__all__ = ["Hover", "hover"]


@dataclass(frozen=True)
class Hover:
    """Markdown about a span."""

    span: Span
    markdown: str


def hover(opened: OpenDocument, offset: int) -> Hover | None:
    """What is known about the key or value at an offset; None where nothing stands or nothing is known."""
    place = Place(opened, offset)
    cursor = place.cursor
    if place.kind is None or not cursor.span.covers(offset):
        return None
    if cursor.role is Role.KEY and cursor.entry is not None:
        return _of_key(place, place.kind, (*cursor.path, cursor.entry.name))
    if cursor.role is Role.VALUE and cursor.span.start < cursor.span.end:
        return _of_value(place, place.kind, cursor.path)
    return None


def _of_key(place: Place, kind: Kind, path: Path) -> Hover | None:
    variable = server_variables().get(str(path[-1])) if path[0] == "environment_variables" else None
    if variable is not None:
        default = f"\n\nDefault: `{variable.default}`" if variable.default else ""
        return Hover(place.cursor.span, f"{variable.description}{default}\n\nRead by the inference server.")
    if path == ("$schema",):
        return Hover(place.cursor.span, f"Says that this is a {kind.facts.title}.\n\n[Documentation]({kind.facts.doc})")
    info = catalog.key_at(kind, path)
    return Hover(place.cursor.span, info.markdown) if info is not None else None


def _of_value(place: Place, kind: Kind, path: Path) -> Hover | None:
    info = catalog.key_at(kind, path)
    node = place.node(*path)
    if info is None or not isinstance(node, Scalar):
        return None
    about = [*_facts(place, info, path, node), info.markdown]
    return Hover(place.cursor.span, "\n\n---\n\n".join(about))


def _facts(place: Place, info: KeyInfo, path: Path, node: Scalar) -> Iterator[str]:
    """What is known of this very value, before what is known of every value of its key."""
    text = node.text
    words = in_words(node.value, info.key.unit) if path[-1] == info.name else None
    if words:
        yield f"`{text}` is **{words}**."
    if isinstance(info.shape, ReferenceShape) and text.startswith(PREFIX):
        yield from _reference(text, info.shape.reference.collection)
    elif text.startswith(FILE_PREFIX) or info.key.role in {"file", "folder", "path"}:
        yield from _path(place, info, path, text.removeprefix(FILE_PREFIX))
    elif info.key.role == "instance-type":
        yield from _size(text)
    elif info.key.role == "image":
        yield from _image(text)
    elif info.key.role == "endpoint-name" and info.name == "endpoint_name":
        yield from _endpoint(place, text)


def _size(text: str) -> Iterator[str]:
    sku = skus.find_sku(text)
    if sku is not None:
        yield sizes.table(sku)


def _image(text: str) -> Iterator[str]:
    known = images.image_facts(text)
    if known is None:
        return
    has_server = {True: "in it", False: "not in it", None: "unknown"}[known.has_server]
    rows = [
        ("Device", f"GPU, CUDA {known.cuda}" if known.cuda else (known.device or "unknown").upper()),
        ("Python", known.python or "unknown"),
        ("Inference server", has_server),
        ("Status", known.status + (f": {known.note}" if known.note else "")),
    ]
    yield "\n".join([f"| `{text}` | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _reference(text: str, collection: Collection) -> Iterator[str]:
    try:
        yield _meaning(parse_asset(text, collection), singular(collection))
    except BadReferenceError as mistake:
        yield f"{mistake}. {mistake.remedy}"


def _meaning(asset: AssetReference, one: str) -> str:
    if isinstance(asset, RegistryAsset):
        named = f" **{asset.name}**" if asset.name else ""
        return f"The {one}{named}{_version(asset)} in the registry **{asset.registry}**."
    where = "the workspace"
    if isinstance(asset, WorkspaceAsset):
        where = f"the workspace **{asset.workspace}** of the resource group **{asset.resource_group}**"
    return f"The {one} **{asset.name}**{_version(asset)} in {where}."


def _version(asset: AssetReference) -> str:
    label = asset.label if isinstance(asset, (Asset, RegistryAsset)) else None
    if label:
        return f", the version with the label **{label}** at the time of the deployment,"
    return f", version **{asset.version}**," if asset.version else ""


def _path(place: Place, info: KeyInfo, path: Path, text: str) -> Iterator[str]:
    if not is_on_this_machine(text):
        return
    folder = place.opened.path.parent
    beside = {"scoring_script": "code", "dockerfile_path": "path"}.get(info.name)
    base = place.value(*path[:-1], beside) if beside else None
    if base is not None and not is_on_this_machine(base):
        return
    found = folder / (base or "") / text
    there = "" if place.opened.files.exists(found) else " (not there)"
    yield f"`{found}`{there}"


def _endpoint(place: Place, text: str) -> Iterator[str]:
    for name, subject in names.endpoints(place.opened):
        if name.lower() == text.lower():
            yield f"The endpoint in `{subject.path.name}`."
            return
