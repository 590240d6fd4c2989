"""A table of fields, and the two ways of walking over it: a document's value to a REST body, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from devkit.spec.rest.converters import SAME, Converter

__all__ = ["ANY", "Field", "Table", "document_from", "rest_from"]

ANY: Final = "*"
"""A step of a path that stands for every key of a mapping."""
_ABSENT: Final = object()
KeyPath: TypeAlias = tuple[str, ...]
_Steps: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """One key of a document and its place in the body."""

    yaml: str
    """Dotted; `*` is every key of a mapping."""
    rest: str
    converter: Converter = SAME
    default: Any = _ABSENT
    """What is sent when the document has no such key, in the document's spelling; nothing when not given."""
    read_only: bool = False
    """Only Azure writes it; it is read from answers."""

    @property
    def yaml_path(self) -> KeyPath:
        """The key in the document."""
        return tuple(self.yaml.split("."))

    @property
    def rest_path(self) -> KeyPath:
        """The place in the body."""
        return tuple(self.rest.split("."))

    @property
    def has_default(self) -> bool:
        """Whether something is sent for an absent key."""
        return self.default is not _ABSENT


@dataclass(frozen=True)
class Table:
    """All keys of one kind of document."""

    fields: Sequence[Field]
    not_sent: Mapping[str, str]
    """Keys that are in no body, each with the reason."""


def rest_from(table: Table, document: Mapping[str, Any]) -> dict[str, Any]:
    """The body for a document's value (see `devkit.spec.dumping.document_of`)."""
    body: dict[str, Any] = {}
    for field in table.fields:
        if field.read_only:
            continue
        found = list(_walk(document, field.yaml_path)) or ([((), field.default)] if field.has_default else [])
        for names, value in found:
            converted = field.converter.to_rest(value)
            if converted is not None:
                _put_all(body, field.rest_path, names, converted)
    return body


def document_from(table: Table, body: Mapping[str, Any]) -> dict[str, Any]:
    """The document's value that a body or an answer stands for; what the document has no key for is left out."""
    document: dict[str, Any] = {}
    for field in table.fields:
        for names, value in _walk(body, field.rest_path):
            if field.yaml_path.count(ANY) == len(names):
                _put(document, field.yaml_path, names, field.converter.from_rest(value))
            else:
                _put(document, field.yaml_path, (), field.converter.from_rest(value))
                break
    return document


def _walk(value: Any, path: KeyPath, names: _Steps = ()) -> Iterator[tuple[_Steps, Any]]:
    """Every value at `path` that is set, with the keys that its wildcards stood for."""
    if not path:
        if value is not None:
            yield names, value
        return
    if not isinstance(value, Mapping):
        return
    step, *rest = path
    for key in list(value) if step == ANY else [step]:
        if key in value:
            yield from _walk(value[key], tuple(rest), (*names, key) if step == ANY else names)


def _put_all(target: dict[str, Any], path: KeyPath, names: _Steps, value: Any) -> None:
    """Put a value; one without a name of its own goes under every key that its wildcard finds."""
    if ANY in path and not names:
        place = path.index(ANY)
        for _, mapping in _walk(target, path[:place]):
            for key in mapping:
                _put(target, path, (key,), value)
    else:
        _put(target, path, names, value)


def _put(target: dict[str, Any], path: KeyPath, names: _Steps, value: Any) -> None:
    given = iter(names)
    *parents, last = [next(given) if step == ANY else step for step in path]
    for step in parents:
        target = target.setdefault(step, {})
    if value == {} and isinstance(target.get(last), dict):
        return
    target[last] = value
