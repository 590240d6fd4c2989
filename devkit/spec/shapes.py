"""The type of every key as a value to walk over: what schemas, docs, completion and tests are made from."""

from __future__ import annotations

import types
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from devkit.spec.documents.block import Block, declared_keys
from devkit.spec.documents.either import Reference, TextOr, inline_block
from devkit.spec.documents.values import Choice, Scalar
from devkit.spec.references import with_article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.spec.documents.values import ScalarName


@dataclass(frozen=True)
class ScalarShape:
    """A string, a number, a boolean, a version or anything at all."""

    name: ScalarName

    @property
    def text(self) -> str:
        """The type in words."""
        return {"version": "string or number", "any": "any value"}.get(self.name, self.name)


@dataclass(frozen=True)
class ChoiceShape:
    """One of a few strings."""

    values: tuple[str, ...]
    text: str = "one of the values"


@dataclass(frozen=True)
class ReferenceShape:
    """A reference to an asset, or the block inline."""

    reference: Reference
    block: type[Block] | None

    @property
    def text(self) -> str:
        """The type in words."""
        one = with_article(self.reference.collection)
        return f"reference to {one}" + (" or mapping" if self.block else "")


@dataclass(frozen=True)
class BlockShape:
    """A mapping with known keys."""

    block: type[Block]
    text: str = "mapping"


@dataclass(frozen=True)
class MapShape:
    """A mapping with any keys."""

    values: Shape
    text_keys: bool = False
    """Whether azure-ai-ml refuses keys that are not strings."""

    @property
    def text(self) -> str:
        """The type in words."""
        return "mapping of names" if self.values == ScalarShape("any") else f"mapping of names to {self.values.text}"


@dataclass(frozen=True)
class ListShape:
    """A list."""

    items: Shape

    @property
    def text(self) -> str:
        """The type in words."""
        return f"list of {self.items.text}"


@dataclass(frozen=True)
class TextOrShape:
    """A string, or something else."""

    other: Shape

    @property
    def text(self) -> str:
        """The type in words."""
        return f"string or {self.other.text}"


Shape: TypeAlias = ScalarShape | ChoiceShape | ReferenceShape | BlockShape | MapShape | ListShape | TextOrShape


@cache
def shapes(block: type[Block]) -> dict[str, Shape]:
    """The shape of each key that a block declares."""
    return {name: _shape(info.annotation, info.metadata) for name, info in block.model_fields.items()}


def block_below(shape: Shape) -> type[Block] | None:
    """The block that a value of this shape can be, as a mapping."""
    if isinstance(shape, (BlockShape, ReferenceShape)):
        return shape.block
    return block_below(shape.other) if isinstance(shape, TextOrShape) else None


def below(place: type[Block] | Shape | None, step: object) -> type[Block] | Shape | None:
    """What is one step below a place: the block there, the shape of another value, or None where nothing is known."""
    if isinstance(place, type):
        aliases = {key.alias: name for name, key in declared_keys(place).items() if key.alias}
        shape = shapes(place).get(aliases.get(str(step), str(step)))
        return as_block(shape)
    if isinstance(place, TextOrShape):
        return below(place.other, step)
    if isinstance(place, MapShape):
        return as_block(place.values)
    if isinstance(place, ListShape):
        return as_block(place.items) if isinstance(step, int) else None
    return None


def as_block(shape: Shape | None) -> type[Block] | Shape | None:
    """The block that a mapping of this shape is, or the shape itself."""
    if shape is None:
        return None
    return block_below(shape) or shape


def _shape(annotation: Any, metadata: Sequence[Any] = ()) -> Shape:
    """The shape of an annotation; `metadata` is what stood beside it in `Annotated`."""
    if get_origin(annotation) is Annotated:
        inner, *beside = get_args(annotation)
        return _shape(inner, [*beside, *metadata])
    if scalar := _first(metadata, Scalar):
        return ScalarShape(scalar.name)
    if reference := _first(metadata, Reference):
        return ReferenceShape(reference, inline_block(annotation))
    if _first(metadata, TextOr):
        return TextOrShape(_shape(next(each for each in get_args(annotation) if each is not str)))
    if _first(metadata, Choice):
        return ChoiceShape(get_args(annotation))
    return _container(annotation)


def _container(annotation: Any) -> Shape:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        (only,) = [each for each in arguments if each is not type(None)]
        return _shape(only)
    if origin is dict:
        return MapShape(_shape(arguments[1]), text_keys=arguments[0] is not str)
    if origin is list:
        return ListShape(_shape(arguments[0]))
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return BlockShape(annotation)
    if origin is Literal:
        return ChoiceShape(arguments)
    raise TypeError(f"no shape for {annotation!r}")


def _first(metadata: Sequence[Any], kind: type[Any]) -> Any:
    return next((each for each in metadata if isinstance(each, kind)), None)
