"""The values that may stand behind a key: those of enumerations, and what the key's role finds around the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.spec import catalog
from devkit.spec.images import image_facts, known_names
from devkit.spec.kinds import FACTS, SCHEMA_BASE
from devkit.spec.nodes import Mapping
from devkit.spec.references import FILE_PREFIX, PREFIX
from devkit.spec.server_variables import server_variables
from devkit.spec.shapes import ChoiceShape, ReferenceShape, ScalarShape, TextOrShape
from lsp.features import names, sizes
from lsp.features.blocks import INDENT, blocks_of, lines, suggested
from lsp.features.completion_item import Completion, ItemKind
from lsp.features.completion_paths import paths_for
from lsp.features.yaml_text import as_text, in_quotes, opening_quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.spec.catalog import KeyInfo
    from devkit.spec.kinds import Kind
    from devkit.spec.nodes import Path
    from devkit.spec.skus import Sku
    from lsp.features.place import Place

__all__ = ["schema_urls", "values"]

_WHOLE = 100
"""Percent."""


@dataclass(frozen=True)
class _Value:
    """A value before it is put into the text."""

    value: str
    kind: ItemKind = ItemKind.VALUE
    label: str = ""
    label_detail: str = ""
    detail: str = ""
    about: Sku | str = ""
    is_yaml: bool = False
    """Whether `value` is YAML already and gets no quotes."""
    asks_again: bool = False


def values(place: Place, kind: Kind, path: Path) -> Iterator[Completion]:
    """What may stand as the value at `path`."""
    if path == ("$schema",):
        yield from schema_urls(place, kind)
        return
    info, shape = catalog.key_at(kind, path), catalog.shape_at(kind, path)
    if info is None or shape is None:
        return
    question = _Question(place, kind, path, info)
    once: dict[str, _Value] = {}
    for each in question.answers():
        once.setdefault(each.value, each)
    for rank, each in enumerate(once.values()):
        yield _item(place, each, rank)
    if not place.in_flow and not place.cursor.prefix:
        yield from _blocks(place, kind, path, info)


def schema_urls(place: Place, first: Kind | None = None) -> Iterator[Completion]:
    """The `$schema` of each kind, the given one first."""
    for rank, (kind, facts) in enumerate(sorted(FACTS.items(), key=lambda each: each[0] is not first)):
        url = f"{SCHEMA_BASE}{facts.schema_name}.schema.json"
        yield _item(place, _Value(url, ItemKind.REFERENCE, detail=kind.facts.title, is_yaml=True), rank)


@dataclass(frozen=True)
class _Question:
    """Which values a key may have at a place."""

    place: Place
    kind: Kind
    path: Path
    info: KeyInfo

    def answers(self) -> Iterator[_Value]:
        shape = catalog.shape_at(self.kind, self.path)
        if isinstance(shape, (ChoiceShape, ScalarShape)) and self._listed(shape):
            yield from self._enumerated(shape)
            return
        if isinstance(shape, ReferenceShape):
            yield from self._references(shape)
        by_role = self._by_role().get(self.info.key.role or "")
        if by_role is not None:
            yield from by_role()
        elif isinstance(shape, (ScalarShape, TextOrShape)):
            yield from self._suggestions()

    def _by_role(self) -> dict[str, Callable[[], Iterator[_Value]]]:
        return {
            "instance-type": self._sizes,
            "endpoint-name": self._endpoints,
            "deployment-name": self._deployments,
            "environment-variable": self._variable,
            "image": self._images,
            "file": self._paths,
            "folder": self._paths,
            "path": self._paths,
        }

    # From the declaration

    @staticmethod
    def _listed(shape: ChoiceShape | ScalarShape) -> tuple[str, ...]:
        if isinstance(shape, ChoiceShape):
            return shape.values
        return ("true", "false") if shape.name == "boolean" else ()

    def _enumerated(self, shape: ChoiceShape | ScalarShape) -> Iterator[_Value]:
        default = catalog.yaml_text(self.info.key.default) if self.info.key.has_default else None
        for value in self._listed(shape):
            text = catalog.yaml_text(value) if isinstance(shape, ChoiceShape) else value
            yield _Value(text, label=value, label_detail="default" if text == default else "", is_yaml=True)

    def _suggestions(self) -> Iterator[_Value]:
        """The default and the examples."""
        text = suggested(self.info)
        key = self.info.key
        default = (
            catalog.yaml_text(key.default) if key.has_default and not isinstance(key.default, (dict, list)) else ""
        )
        for value, word in dict.fromkeys([(default, "default"), (text, "example")]):
            if value and not (word == "example" and value == default):
                yield _Value(value, label_detail=word, detail=key.unit or "", is_yaml=True)

    def _references(self, shape: ReferenceShape) -> Iterator[_Value]:
        reference = shape.reference
        for text, file in names.references(self.place.opened, reference.collection):
            yield _Value(text, ItemKind.REFERENCE, detail=file)
        yield _Value(PREFIX, ItemKind.REFERENCE, label_detail=f"registered {reference.collection}", is_yaml=True)
        if reference.file_allowed:
            for text in names.environment_files(self.place.opened):
                yield _Value(text, ItemKind.FILE, detail="environment document")
            if self.place.cursor.prefix.startswith(FILE_PREFIX):
                yield from self._paths(FILE_PREFIX)

    # From the project and the spec's facts

    def _sizes(self) -> Iterator[_Value]:
        image = self.place.value("environment", "image")
        for sku in sizes.sizes_for(image):
            yield _Value(sku.name, ItemKind.SIZE, label_detail=sizes.facts(sku), about=sku)

    def _endpoints(self) -> Iterator[_Value]:
        is_own = self.path == ("name",)
        used = names.used_endpoints(self.place.opened) if is_own else names.endpoints(self.place.opened)
        for name, subject in used:
            yield _Value(name, ItemKind.REFERENCE, detail=subject.path.name)

    def _deployments(self) -> Iterator[_Value]:
        if self.path == ("name",):
            yield from self._suggestions()
        elif len(self.path) > 1 and self.path[0] in {"traffic", "mirror_traffic"}:
            yield _Value(str(self._left()), label_detail="what is left of 100 percent", is_yaml=True)
        else:
            for name, subject in names.deployments(self.place.opened, self.place.value("name")):
                yield _Value(name, ItemKind.REFERENCE, detail=subject.path.name)

    def _left(self) -> int:
        shares = self.place.node(self.path[0])
        others = [entry.value for entry in shares if entry.name != self.path[1]] if isinstance(shares, Mapping) else []
        return max(_WHOLE - sum(each.value for each in others if isinstance(each.value, int)), 0)

    def _variable(self) -> Iterator[_Value]:
        variable = server_variables().get(str(self.path[-1]))
        if variable is not None and variable.default:
            given = [variable.default]
            if variable.default in {"true", "false"}:
                given = ["true", "false"]
            for value in given:
                word = "default" if value == variable.default else ""
                yield _Value(f'"{value}"', label_detail=word, about=variable.description, is_yaml=True)

    def _images(self) -> Iterator[_Value]:
        for name in known_names():
            known = image_facts(name)
            words = [known.device or "", f"Python {known.python}" if known.python else ""] if known else []
            note = known.note if known else ""
            yield _Value(name, ItemKind.REFERENCE, "", " · ".join(filter(None, words)), note)

    def _paths(self, prefix: str = "") -> Iterator[_Value]:
        typed = self.place.cursor.prefix.removeprefix(opening_quote(self.place.cursor.prefix)).removeprefix(prefix)
        name = str(self.path[-1])
        for path, is_folder in paths_for(self.place, self.info.key, name, typed):
            if is_folder and (prefix or self.info.key.role == "file"):
                yield _Value(f"{prefix}{path}/", ItemKind.FOLDER, asks_again=True)
            elif is_folder:
                yield _Value(prefix + path, ItemKind.FOLDER)
            else:
                yield _Value(prefix + path, ItemKind.FILE)


def _item(place: Place, value: _Value, rank: int) -> Completion:
    span = place.cursor.span
    quote = opening_quote(place.text[span.start : span.end])
    text = value.value
    if quote:
        text = in_quotes(text.strip("'\""), quote)
    elif not value.is_yaml:
        text = as_text(text, flow=place.in_flow)
    filtered = text
    if place.text[span.start - 1 : span.start] == ":":
        text = f" {text}"
    return Completion(
        label=value.label or value.value,
        kind=value.kind,
        span=place.value_span,
        text=text,
        rank=rank,
        filter_text=filtered,
        label_detail=value.label_detail,
        detail=value.detail,
        about=value.about,
        asks_again=value.asks_again,
    )


def _blocks(place: Place, kind: Kind, path: Path, info: KeyInfo) -> Iterator[Completion]:
    """The lines of a block for a value that may be a mapping, begun below the key."""
    if path[-1] != info.name:
        return
    entry = place.cursor.entry
    if entry is None or isinstance(entry.value, Mapping):
        return
    indent = entry.key.start - place.line_start + INDENT
    for rank, block in enumerate(blocks_of(info), start=900):
        yield Completion(
            label=block.title,
            kind=ItemKind.BLOCK,
            span=place.cursor.span,
            text="\n".join(["", *lines(kind, path, block.body, indent)]),
            is_snippet=True,
            rank=rank,
            detail="block",
            about=info,
        )
