"""Random documents that the REST API can hold whole: right in every key, and nothing that is only in the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from devkit.spec.documents.block import Block, declared_keys
from devkit.spec.rest import TABLES
from devkit.spec.shapes import (
    BlockShape,
    ChoiceShape,
    ListShape,
    MapShape,
    ReferenceShape,
    ScalarShape,
    Shape,
    TextOrShape,
    block_below,
    shapes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.rest.fields import Table

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
TEXTS = st.text("abcXYZ012-_. é", min_size=1, max_size=12).map(lambda text: f"t{text}")
TEXT_MAPS = st.dictionaries(TEXTS, TEXTS, max_size=3)
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "integer": st.integers(0, 10**6),
    "number": st.floats(0, 1),
    "boolean": st.booleans(),
    "version": TEXTS,
}
_ALWAYS = {"code_configuration.scoring_script", "build.path"}
_SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "conda_file": st.fixed_dictionaries({"dependencies": st.lists(TEXTS, max_size=3)}),
    "flavors": st.dictionaries(TEXTS, TEXT_MAPS, max_size=2),
    "identity.user_assigned_identities": st.lists(TEXTS.map(lambda text: {"resource_id": text}), max_size=1),
    "code_configuration.code": TEXTS.map(lambda text: f"{WORKSPACE}/codes/{text}/versions/1"),
}


def paths(block: type[Block], prefix: str = "") -> Iterator[str]:
    """Every key below a block, dotted, with `*` for any key of a mapping."""
    for name, shape in shapes(block).items():
        yield from _paths(shape, f"{prefix}{name}")


def _paths(shape: Shape, path: str) -> Iterator[str]:
    yield path
    inner = block_below(shape)
    if inner is not None:
        yield from paths(inner, f"{path}.")
    elif isinstance(shape, MapShape) and block_below(shape.values):
        yield from _paths(shape.values, f"{path}.*")


def documents(block: type[Block]) -> st.SearchStrategy[dict[str, Any]]:
    """Values of documents of one kind."""
    return _blocks(block, TABLES[block], "")


@st.composite
def _blocks(draw: st.DrawFn, block: type[Block], table: Table, prefix: str) -> dict[str, Any]:
    sent = {field.yaml for field in table.fields if not field.read_only}
    declared = declared_keys(block)
    result = {}
    for name, shape in shapes(block).items():
        path = f"{prefix}{name}"
        below = any(each.startswith(f"{path}.") for each in sent)
        needed = path in _ALWAYS or (prefix and declared[name].required)
        if (path in sent or below) and (needed or draw(st.booleans())):
            result[name] = draw(_SPECIAL[path] if path in _SPECIAL else _values(shape, table, path, block))
    if prefix == "scale_settings." and result["type"] == "default":
        return {"type": "default"}  # nothing goes with it
    if "sampling_rate" in result and not result["collections"]:
        del result["sampling_rate"]  # it is sent with each collection
    return result


def _values(shape: Shape, table: Table, path: str, owner: type[Block]) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one a shape
    if path == "type" and "Deployment" in owner.__name__:
        return st.just("kubernetes" if owner.__name__.startswith("Kubernetes") else "managed")
    if isinstance(shape, ScalarShape):
        return _SCALARS[shape.name]
    if isinstance(shape, ChoiceShape):
        return st.sampled_from(shape.values)
    if isinstance(shape, ReferenceShape):
        kind = shape.reference.collection
        return TEXTS.map(lambda text: f"azureml:{WORKSPACE}/{kind}/{text}/versions/1")
    if isinstance(shape, BlockShape):
        return _blocks(shape.block, table, f"{path}.")
    if isinstance(shape, ListShape):
        return st.lists(_values(shape.items, table, path, owner), max_size=2)
    if isinstance(shape, MapShape):
        if shape.values == ScalarShape("any"):
            return TEXT_MAPS
        return st.dictionaries(TEXTS, _values(shape.values, table, f"{path}.*", owner), max_size=2)
    assert isinstance(shape, TextOrShape)
    return TEXTS
