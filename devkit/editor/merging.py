"""Put entries into VS Code's files beside those of a person, who always wins. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from devkit.editor.jsonc import JsoncError, Node, append, parse, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["LAUNCH", "TASKS", "ListFile", "Merge", "merge_list", "merge_settings"]


@dataclass
class Merge:
    """A file after the merge, and what became of each entry, by its name."""

    text: str
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Entries of the same name that say something else. They stay as they are unless forced."""


class ListFile(NamedTuple):
    """A file whose entries stand in one list."""

    key: str
    """The member that holds the list."""
    name: str
    """The member of an entry that identifies it."""
    version: str
    """What the ``version`` of a new file says."""


LAUNCH = ListFile("configurations", "name", "0.2.0")
TASKS = ListFile("tasks", "label", "2.0.0")


def merge_list(text: str | None, file: ListFile, entries: Iterable[Mapping[str, Any]], *, force: bool = False) -> Merge:
    """Put `entries` into the list of a file.

    Args:
        text: the file as it is, None if there is none.
        file: which list, and what tells its entries apart.
        entries: what should be there.
        force: replace entries of the same name that differ.

    Raises:
        JsoncError: the file cannot be read, or is made otherwise than VS Code's are.
    """
    new = f'{{\n  "version": "{file.version}",\n  "{file.key}": []\n}}\n'
    merge = Merge(text if text and text.strip() else new)
    if file.key not in _object(merge.text).members:
        merge.text = append(merge.text, _object(merge.text), f'"{file.key}": []')
    for entry in entries:
        _merge_entry(merge, file, entry, force=force)
    return merge


def merge_settings(text: str | None, settings: Mapping[str, Any], *, force: bool = False) -> Merge:
    """Put top-level members into a settings file; see `merge_list`."""
    merge = Merge(text if text and text.strip() else "{}\n")
    for key, value in settings.items():
        found = _object(merge.text).members.get(key)
        if found is None:
            merge.text = append(merge.text, _object(merge.text), f"{json.dumps(key)}: {_rendered(value)}")
            merge.added.append(key)
        else:
            _settle(merge, found, key, value, force=force)
    return merge


def _merge_entry(merge: Merge, file: ListFile, entry: Mapping[str, Any], *, force: bool) -> None:
    entries = _object(merge.text).members[file.key]
    if not isinstance(entries.value, list):
        raise JsoncError(f"1:1: {file.key!r} is no list")
    name = entry[file.name]
    found = next((item for item in entries.items if _names(item, file.name, name)), None)
    if found is None:
        merge.text = append(merge.text, entries, _rendered(entry))
        merge.added.append(name)
    else:
        _settle(merge, found, name, entry, force=force)


def _settle(merge: Merge, found: Node, name: str, value: Any, *, force: bool) -> None:
    if found.value == value:
        return
    if force:
        merge.text = replace(merge.text, found, _rendered(value))
        merge.replaced.append(name)
    else:
        merge.kept.append(name)


def _names(item: Node, name: str, wanted: str) -> bool:
    return isinstance(item.value, dict) and item.value.get(name) == wanted


def _object(text: str) -> Node:
    node = parse(text)
    if not isinstance(node.value, dict):
        raise JsoncError("1:1: the file holds no object")
    return node


def _rendered(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
