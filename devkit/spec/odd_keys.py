"""Keys that are no strings (`on:`, `1:`, `2026-01-01:`), set apart before a document is read into its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devkit.spec.documents.values import describe_value
from devkit.spec.schema_problems import Code, Path, Problem
from devkit.spec.shapes import MapShape, below

if TYPE_CHECKING:
    from devkit.spec.documents.block import Block
    from devkit.spec.shapes import Shape


def without_odd_keys(value: dict[str, Any], block: type[Block]) -> tuple[dict[str, Any], list[Problem]]:
    """The document with strings for keys, and a problem for each other key that azure-ai-ml refuses.

    In a mapping with free names azure-ai-ml takes any key; there the key becomes its text.
    """
    if not _has_odd_keys(value):
        return value, []
    problems: list[Problem] = []
    return _mapping(value, block, (), problems), problems


def _has_odd_keys(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(not isinstance(key, str) or _has_odd_keys(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_odd_keys(item) for item in value)


def _cleaned(value: Any, place: type[Block] | Shape | None, path: Path, problems: list[Problem]) -> Any:
    if isinstance(value, Mapping):
        return _mapping(value, place, path, problems)
    if isinstance(value, list):
        return [_cleaned(item, below(place, index), (*path, index), problems) for index, item in enumerate(value)]
    return value


def _mapping(
    value: Mapping[Any, Any], place: type[Block] | Shape | None, path: Path, problems: list[Problem]
) -> dict[str, Any]:
    kept = {}
    for key, item in value.items():
        where = (*path, key)
        if isinstance(key, str) or not _refuses(place):
            kept[str(key)] = _cleaned(item, below(place, key), where, problems)
        else:
            problems.append(_problem(key, where, place))
    return kept


def _refuses(place: type[Block] | Shape | None) -> bool:
    return isinstance(place, type) or (isinstance(place, MapShape) and place.text_keys)


def _problem(key: Any, path: Path, place: type[Block] | Shape | None) -> Problem:
    if isinstance(place, type):
        message = f"{describe_value(key)} is no key that is known here"
        return Problem(Code.UNKNOWN_KEY, path, message, "Remove it.", on_key=True, says="Unknown field.")
    quoted = f'"{key}"'
    message = f"a name here is a string, not {describe_value(key)}"
    return Problem(
        Code.WRONG_TYPE,
        path,
        message,
        f"Put quotes around it: {quoted}.",
        on_key=True,
        suggestion=quoted,
        says="Not a valid string.",
    )
