"""Server-side apply: whose each field is, and what an apply makes of an object. Lists of named things are merged."""

from __future__ import annotations

import copy
from typing import Any

Path = tuple[str, ...]
Owners = dict[Path, set[str]]


class Conflict(Exception):  # noqa: N818  as the API calls it
    """Fields that another manager owns with another value."""

    def __init__(self, fields: list[tuple[Path, str]]) -> None:
        shown = ", ".join(f'conflict with "{manager}": .{".".join(path)}' for path, manager in fields)
        super().__init__(f"Apply failed with {len(fields)} conflict(s): {shown}")
        self.causes = [
            {
                "reason": "FieldManagerConflict",
                "message": f'conflict with "{manager}"',
                "field": "." + ".".join(path),
            }
            for path, manager in fields
        ]


def apply_fields(before: dict[str, Any], owners: Owners, given: dict[str, Any], manager: str, *, force: bool) -> Any:
    """What the object becomes; `owners` is changed along.

    Raises:
        Conflict: somebody else owns what is to be changed, and force is not used.
    """
    wanted, there = _leaves(given), _leaves(before) if before else {}
    fought = [
        (path, other)
        for path, value in wanted.items()
        for other in sorted(owners.get(path, set()) - {manager})
        if there.get(path) != value
    ]
    if fought and not force:
        raise Conflict(fought)
    for path, _ in fought:
        owners[path] = set()
    for path in [path for path, managers in owners.items() if manager in managers and path not in wanted]:
        owners[path].discard(manager)
        if not owners[path]:
            del owners[path]
            there.pop(path, None)
    for path in wanted:
        owners.setdefault(path, set()).add(manager)
    return _built({**there, **wanted})


def _leaves(value: Any, path: Path = ()) -> dict[Path, Any]:
    if isinstance(value, dict) and value:
        found: dict[Path, Any] = {}
        for key, each in value.items():
            found.update(_leaves(each, (*path, str(key))))
        return found
    if _is_named(value):
        found = {}
        for each in value:
            found.update(_leaves(each, (*path, f"[{each['name']}]")))
        return found
    return {path: copy.deepcopy(value)}


def _is_named(value: Any) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) and "name" in each for each in value):
        return False
    return len({each["name"] for each in value}) == len(value)


def _built(leaves: dict[Path, Any]) -> Any:
    whole: dict[str, Any] = {}
    for path, value in leaves.items():
        place = whole
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = copy.deepcopy(value)
    return _with_lists(whole)


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.startswith("[") for key in value):
        return [_with_lists(each) for each in value.values()]
    return {key: _with_lists(each) for key, each in value.items()}
