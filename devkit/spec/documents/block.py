"""The base of every mapping in a document: unknown keys, nulls, output-only keys and required keys, once for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails
from typing_extensions import Self

from devkit.spec.documents.keys import Key
from devkit.spec.documents.values import LENIENT, NULL, Refused, nearest, refused, wrong_type
from devkit.spec.schema_problems import Code, Enforcer, Path

BlockType = TypeVar("BlockType", bound="Block")
Refusal = tuple[Path, Refused]
"""A refusal at a path below the block that found it."""


class Block(BaseModel):
    """A mapping with known keys. Every attribute is None where the document does not give its key."""

    model_config = ConfigDict(
        defer_build=True, extra="forbid", frozen=True, arbitrary_types_allowed=True, protected_namespaces=()
    )

    dropped: ClassVar[frozenset[str]] = frozenset()
    """Keys that azure-ai-ml drops unread, whatever their value (but refuses as unknown when they are null)."""

    ignores_unknown: ClassVar[bool] = False
    """Whether azure-ai-ml ignores unknown keys here instead of refusing them."""

    @classmethod
    def refusals(cls, value: Mapping[str, Any]) -> Iterator[Refusal]:  # noqa: ARG003 - for the blocks that override it
        """What azure-ai-ml refuses in this mapping that no single key shows; `value` is as written."""
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if info.context == LENIENT and isinstance(value, Mapping):
            return handler(_known(cls, value))
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            keys = ", ".join(list(declared_keys(cls))[:3])
            raise wrong_type("a mapping", value, f"Write keys below it: {keys} …", says="Invalid input type.")
        found = [_line(path, refused) for path, refused in cls.refusals(value)]
        found.extend(_missing(cls, value))
        try:
            block = handler(_prepared(cls, value))
        except ValidationError as error:
            found.extend(_translated(cls, error, value))
        else:
            if not found:
                return block
        raise ValidationError.from_exception_data(cls.__name__, found)


def _prepared(cls: type[Block], value: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping as pydantic is to see it: dropped keys gone, aliases resolved, null made visible."""
    aliases = {key.alias: name for name, key in declared_keys(cls).items() if key.alias is not None}
    return {
        aliases.get(name, name): NULL if item is None else item
        for name, item in value.items()
        if item is None or name not in cls.dropped
    }


def _known(cls: type[Block], value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in _prepared(cls, value).items() if name in cls.model_fields}


def _missing(cls: type[Block], value: Mapping[str, Any]) -> Iterator[InitErrorDetails]:
    for name, key in declared_keys(cls).items():
        if key.required and name not in value and (key.alias is None or key.alias not in value):
            code = Code.MISSING_NAME if key.flag else Code.MISSING_KEY
            yield _line((name,), refused(code, f"the required key '{name}' is missing", _add(name, key), says=_MISSING))


_MISSING = "Missing data for required field."


def _add(name: str, key: Key) -> str:
    example = f" ({name}: {key.examples[0]})" if key.examples else ""
    flag = f", or give {key.flag} on the command line" if key.flag else ""
    return f"Add {name}{example}{flag}."


def _translated(cls: type[Block], error: ValidationError, value: Mapping[str, Any]) -> Iterator[InitErrorDetails]:
    """Pydantic's own errors in our words; ours, from further down, as they are."""
    for item in error.errors(include_url=False):
        loc, context = _as_written(cls, item["loc"], value), item.get("ctx", {})
        if "remedy" in context:
            yield _line(loc, _again(item["type"], context))
        elif item["type"] in {"extra_forbidden", "invalid_key"}:
            yield _line(loc, _unknown(cls, loc[-1], value))
        else:
            yield _line(loc, _not_a_container(item["type"], item["input"]))


def _as_written(cls: type[Block], loc: tuple[int | str, ...], value: Mapping[str, Any]) -> tuple[int | str, ...]:
    """The path with the document's own spelling of a key that has two."""
    key = declared_keys(cls).get(str(loc[0]))
    return (key.alias, *loc[1:]) if key is not None and key.alias is not None and key.alias in value else loc


def _again(code: str, context: dict[str, Any]) -> Refused:
    return refused(
        Code(code),
        context["message"],
        context["remedy"],
        says=context["says"],
        suggestion=context["suggestion"],
        by=Enforcer(context["by"]),
    )


def _not_a_container(kind: str, value: Any) -> Refused:
    if kind == "list_type":
        return wrong_type("a list", value, "Write a list: one item a line, each after '- '.", says="Not a valid list.")
    return wrong_type("a mapping", value, "Write keys and values below it.", says="Not a valid mapping type.")


def _unknown(cls: type[Block], name: str | int, value: Mapping[str, Any]) -> Refused:
    known = [key for key, declared in declared_keys(cls).items() if not declared.output_only]
    near = nearest(str(name), known)
    if near in value:
        near, remedy = None, f"Remove it; '{near}' is already there."
    else:
        remedy = f"Did you mean {near}?" if near else f"Remove it. Known here: {', '.join(known)}."
    if cls.ignores_unknown:
        message = f"unknown key '{name}', which azure-ai-ml ignores"
        return refused(Code.UNKNOWN_KEY, message, remedy, suggestion=near, by=Enforcer.DOCS)
    if name in cls.dropped:
        message, near, remedy = f"'{name}' without a value is an unknown key", None, "Remove it, or give it its value."
    else:
        message = f"unknown key '{name}'"
    return refused(Code.UNKNOWN_KEY, message, remedy, says="Unknown field.", suggestion=near)


def _line(loc: tuple[int | str, ...], refused: Refused) -> InitErrorDetails:
    return InitErrorDetails(type=refused, loc=loc, input=None)


@cache
def declared_keys(cls: type[Block]) -> dict[str, Key]:
    """The keys that a block declares, in the order to show them.

    Raises:
        TypeError: an attribute has no `Key` beside its type.
    """
    declared = {}
    for name, info in cls.model_fields.items():
        found = [item for item in info.metadata if isinstance(item, Key)]
        if len(found) != 1:
            raise TypeError(f"{cls.__name__}.{name} needs exactly one Key in its annotation")
        declared[info.alias or name] = found[0]
    return declared
