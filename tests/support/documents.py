"""Random documents of every kind, made from the declarations: mostly right, sometimes wrong."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from devkit.spec.document import Document
from devkit.spec.documents.block import Block, declared_keys
from devkit.spec.kinds import Kind
from devkit.spec.recognition import recognise
from devkit.spec.shapes import (
    BlockShape,
    ChoiceShape,
    ListShape,
    MapShape,
    ReferenceShape,
    ScalarShape,
    Shape,
    TextOrShape,
    shapes,
)

ROOT = Path(__file__).resolve().parents[2]
FILES = {"path": ["model", "model/model.pkl"], "folder": ["code", "docker"], "file": ["conda.yml"]}
"""What the documents may refer to; the test makes them."""

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ["blue", "green", "my-endpoint", "Blue-2"]
_SCALARS: dict[str, list[Any]] = {
    "string": ["text", "", "1", "azureml:x:1", "/abs"],
    "integer": [1, 3, "2", 7.0, 1.5, -1, 0],
    "number": [0.5, 1, "0.25", 0],
    "boolean": [True, False, "yes", "off", 1, 0, "True"],
    "version": ["1", 2, 1.0, "a:b"],
    "any": ["text", 1, True, {"a": 1}],
}
_EXTRA = ["surprise", "$schema", "creation_context", "provisioning_state", "schema_ignored"]
_JUNK = st.sampled_from(
    [
        None,
        True,
        5,
        2.5,
        -3,
        101,
        "junk",
        "",
        "two",
        "m:1",
        "azureml:",
        "azureml:a/b",
        "file:x.yml",
        [],
        ["a"],
        [1],
        {},
        {"a": 1},
    ]
)


def values(shape: Shape, role: str | None = None) -> st.SearchStrategy[Any]:
    """Values that are mostly right for a shape."""
    return st.one_of(*[_right(shape, role)] * 12, _JUNK)


def _right(shape: Shape, role: str | None) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one return a shape
    if isinstance(shape, ScalarShape):
        return st.sampled_from(FILES.get(role or "", _SCALARS[shape.name]))
    if isinstance(shape, ChoiceShape):
        return st.sampled_from([*shape.values, *(value.upper() for value in shape.values), _camel(shape.values[0])])
    if isinstance(shape, BlockShape):
        return blocks(shape.block)
    if isinstance(shape, ListShape):
        return st.lists(values(shape.items), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(st.sampled_from(_NAMES), values(shape.values), max_size=2)
    if isinstance(shape, TextOrShape):
        return st.one_of(st.just("text"), values(shape.other))
    return _references(shape)


def _references(shape: ReferenceShape) -> st.SearchStrategy[Any]:
    collection = shape.reference.collection
    texts = [
        "azureml:thing:1",
        "azureml:thing@latest",
        "azureml:thing",
        f"azureml://registries/r/{collection}/thing/versions/1",
        f"azureml:/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/{collection}/t/versions/1",
    ]
    texts += ["file:environment.yml"] * shape.reference.file_allowed
    return st.one_of(st.sampled_from(texts), *([blocks(shape.block)] if shape.block else []))


def _camel(text: str) -> str:
    return "".join(part.capitalize() for part in text.split("_"))


@st.composite
def blocks(draw: st.DrawFn, block: type[Block], given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Mappings of a block: what is required is mostly there, a few others, rarely an unknown key."""
    declared, shape = declared_keys(block), shapes(block)
    required = [name for name, key in declared.items() if key.required and draw(st.integers(0, 15))]
    others = draw(st.lists(st.sampled_from(sorted(declared)), max_size=3))
    result = {} if given is None else dict(given)
    for name in [*required, *others]:
        if name not in result:
            key = declared[name]
            written = key.alias if key.alias and draw(st.booleans()) else name
            result[written] = draw(st.sampled_from(_NAMES) if name == "name" else values(shape[name], key.role))
    if draw(st.integers(0, 19)) == 0:
        result[draw(st.sampled_from(_EXTRA))] = draw(_JUNK)
    return result


def documents(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    """Documents of a kind: what decides the kind is always there."""
    given: dict[Kind, dict[str, Any]] = {
        Kind.KUBERNETES_ONLINE_ENDPOINT: {"compute": "azureml:cluster"},
        Kind.KUBERNETES_ONLINE_DEPLOYMENT: {"type": "kubernetes"},
        Kind.MODEL_BATCH_DEPLOYMENT: {"type": "model"},
        Kind.PIPELINE_BATCH_DEPLOYMENT: {"type": "pipeline"},
        Kind.ENVIRONMENT: {"image": "python:3.12"},
    }
    return blocks(kind.facts.block, given.get(kind))


@st.composite
def damaged(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """A copy of a document with one value changed, one key renamed or one removed, somewhere."""
    copy = deepcopy(document)
    mappings = [each for each in _inside(copy) if each]
    mapping = draw(st.sampled_from(mappings))
    key = draw(st.sampled_from(sorted(mapping)))
    how = draw(st.sampled_from(["change", "rename", "remove"]))
    value = mapping.pop(key)
    if how != "remove":
        mapping[key if how == "change" else f"{key}s"] = draw(_JUNK) if how == "change" else value
    return copy


def _inside(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _inside(item)
    elif isinstance(value, list):
        for item in value:
            yield from _inside(item)


def examples() -> list[tuple[Path, Kind]]:
    """The shipped documents, without the gallery of broken ones, with the kind of each."""
    found = []
    for path in sorted(ROOT.glob("examples/**/*.yml")):
        kind = recognise(Document(path.read_text(encoding="utf-8")).root.value, path.name)
        if kind is not None and "broken" not in path.parts:
            found.append((path, kind))
    return found
