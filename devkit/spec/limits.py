"""The limits that keys declare, held against a document that has been read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from devkit.spec.documents.block import Block, declared_keys
from devkit.spec.schema_problems import Code, Path, Problem

if TYPE_CHECKING:
    from devkit.spec.documents.keys import Key, Limit


def limit_problems(block: Block, path: Path = ()) -> Iterator[Problem]:
    """Every value of `block` and the blocks below it that is outside a limit of its key."""
    for name, key in declared_keys(type(block)).items():
        value = getattr(block, name)
        if value is not None:
            yield from _value_problems(value, key, (*path, name))


def _value_problems(value: Any, key: Key, path: Path) -> Iterator[Problem]:
    if isinstance(value, Block):
        yield from limit_problems(value, path)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _value_problems(item, key, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _value_problems(item, key, (*path, index))
    else:
        yield from (_problem(value, key, limit, path) for limit in key.limits if limit.broken_by(value))


def _problem(value: Any, key: Key, limit: Limit, path: Path) -> Problem:
    shown = repr(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
    unit = f" {key.unit}" if key.unit else ""
    return Problem(
        Code.LIMIT,
        path,
        f"{shown}{unit}: {limit.enforced_by.phrase} it, the limit is {limit.text}{unit}",
        f"Write {'a value of ' if limit.means is None else ''}{limit.text}{unit}.",
        enforced_by=limit.enforced_by,
        says=limit.says,
    )
