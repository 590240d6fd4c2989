"""Bring a devcontainer.json up to date beside what a person wrote into it. Pure.

Three values are compared at every known key: what the kit wrote last, what the file says now, and what the deployment
asks for today. What is as the kit wrote it follows the deployment; what a person changed, added or deleted stays.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from devkit.editor.jsonc import JsoncError, Node, append, key_start, parse, remove, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Change", "Fate", "Merged", "merge"]

_SETS = frozenset({"mounts", "forwardPorts", "appPort", "runArgs", "extensions", "configurations", "tasks"})
"""Lists whose entries stand for themselves, in any order. Any other list is one value."""
_ALTERNATIVES = {"image": "build", "build": "image"}
_NAMES = ("name", "label", "target")
_TARGET = re.compile(r"(?:^|,)\"?(?:target|dst|destination)=([^,\"]+)")
_PUBLISHED = re.compile(r"^(?:[\w.\[\]:]+:)?\d*:(\d+)$")
_FLAG = re.compile(r"^(--(?:label|env|add-host|volume)=[^=]*|--[\w-]+)")

Path = tuple[str, ...]


class Fate(Enum):
    """What became of a key."""

    ADDED = "added"
    UPDATED = "updated"
    REMOVED = "removed"
    KEPT = "kept"
    """It differs from what the deployment asks for, and it is a person's."""


@dataclass(frozen=True)
class Change:
    """One key at which the file and the deployment differed."""

    path: Path
    fate: Fate
    found: Any = None
    wanted: Any = None

    @property
    def key(self) -> str:
        """The path for a reader: ``containerEnv.AZUREML_MODEL_DIR``."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Merged:
    """The file after the merge, and what became of every key that differed."""

    text: str
    changes: tuple[Change, ...]


def merge(text: str, base: Any, wanted: Mapping[str, Any], *, force: bool = False) -> Merged:
    """Bring `text` to `wanted`.

    Args:
        text: the file as it is.
        base: what the kit wrote last; None when nobody knows, and then whatever differs is taken for a person's.
        wanted: what the deployment asks for.
        force: take the deployment's value where a person's differs. Additions stay all the same.

    Raises:
        JsoncError: the file cannot be read, or holds no object.
    """
    found = parse(text).value
    if not isinstance(found, dict):
        raise JsoncError("1:1: the file holds no object")
    merging = _Merging(text, force)
    merging.container((), base if isinstance(base, dict) else {}, found, wanted)
    return Merged(merging.text, tuple(merging.changes))


def _entries(value: Any) -> dict[str, Any]:
    """The entries of an object by key, of a set by what identifies them."""
    return dict(value) if isinstance(value, dict) else {_identity(item): item for item in value}


def _identity(item: Any) -> str:
    if isinstance(item, dict):
        return str(next((item[name] for name in _NAMES if name in item), json.dumps(item, sort_keys=True)))
    text = str(item)
    for pattern in (_TARGET, _PUBLISHED, _FLAG):
        if found := pattern.search(text):
            return found[1]
    return text


def _rendered(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


class _Merging:
    def __init__(self, text: str, force: bool) -> None:
        self.text = text
        self.force = force
        self.changes: list[Change] = []

    def container(self, path: Path, base: Any, found: Any, wanted: Any) -> None:
        """Merge an object or a set."""
        old, here, new = _entries(base), _entries(found), _entries(wanted)
        for key, value in new.items():
            self._asked(path, key, old, here, value)
        for key in [key for key in old if key in here and key not in new]:
            self._no_longer_asked((*path, key), old[key], here[key])

    def _asked(self, path: Path, key: str, old: dict[str, Any], here: dict[str, Any], value: Any) -> None:
        place = (*path, key)
        if key not in here:
            if key in old and not self.force:
                self._keep(place, None, value)
            else:
                self._add(path, key, value, old, here)
        elif here[key] != value:
            self._differs(place, old.get(key), here[key], value)

    def _differs(self, place: Path, base: Any, found: Any, wanted: Any) -> None:
        if _is_container(place, found) and _is_container(place, wanted) and type(found) is type(wanted):
            self.container(place, base if type(base) is type(wanted) else [], found, wanted)
        elif found == base or self.force:
            self.text = replace(self.text, self._node(place)[1], _rendered(wanted))
            self.changes.append(Change(place, Fate.UPDATED, found, wanted))
        else:
            self._keep(place, found, wanted)

    def _no_longer_asked(self, place: Path, base: Any, found: Any) -> None:
        if len(place) == 1 and _ALTERNATIVES.get(place[0]) in self._entries_at(()):
            return  # its alternative has taken its place already
        if found == base or (self.force and not _is_container(place, found)):
            container, node = self._node(place)
            self.text = remove(self.text, container, node)
            self.changes.append(Change(place, Fate.REMOVED, found))
        elif _is_container(place, found) and type(base) is type(found):
            self.container(place, base, found, type(found)())
        else:
            self._keep(place, found, None)

    def _add(self, path: Path, key: str, value: Any, old: dict[str, Any], here: dict[str, Any]) -> None:
        other = _ALTERNATIVES.get(key) if not path else None
        if other in here:
            if here[other] != old.get(other) and not self.force:
                self._keep((key,), None, value)
                return
            container, node = self._node((other,))
            start = key_start(self.text, container, node)
            member = f"{json.dumps(key)}: {_rendered(value)}"
            self.text = replace(self.text, Node(start, node.end, None), member)
        else:
            container = self._node(path)[1]
            named = isinstance(container.value, dict)
            self.text = append(self.text, container, f"{json.dumps(key)}: " * named + _rendered(value))
        self.changes.append(Change((*path, key), Fate.ADDED, None, value))

    def _keep(self, place: Path, found: Any, wanted: Any) -> None:
        self.changes.append(Change(place, Fate.KEPT, found, wanted))

    def _entries_at(self, path: Path) -> dict[str, Any]:
        return _entries(self._node(path)[1].value)

    def _node(self, path: Path) -> tuple[Node, Node]:
        """The value at a path in the text as it is now, behind what it lies in."""
        outer = inner = parse(self.text)
        for key in path:
            outer = inner
            children = {_identity(item.value): item for item in outer.items} or outer.members
            inner = children[key]
        return outer, inner


def _is_container(path: Path, value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and path[-1] in _SETS)
