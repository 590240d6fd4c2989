"""Files and folders to offer as the value of a key, relative to where Azure ML reads the key from."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.spec.kinds import Kind
from devkit.spec.locations import is_on_this_machine
from devkit.spec.references import FILE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.documents.keys import Key
    from lsp.features.place import Place

__all__ = ["paths_for"]

_ENDINGS = {
    "scoring_script": (".py",),
    "conda_file": (".yml", ".yaml"),
    "environment": (".yml", ".yaml"),
}
"""Which files a key takes; any where it is not told."""

_HIDDEN = frozenset({"__pycache__", "node_modules", ".git"})
_MOST = 500
"""Entries of one folder; a list longer than that helps nobody."""


def paths_for(place: Place, key: Key, name: str, typed: str) -> Iterator[tuple[str, bool]]:
    """The paths that continue `typed`, and whether each is a folder.

    Args:
        place: Where the value stands.
        key: The value's key, which says whether files or folders are meant.
        name: The key's name.
        typed: What of the value stands before the cursor.
    """
    base = _base(place, name)
    if base is None or (typed and not is_on_this_machine(typed)):
        return
    parent = typed[: typed.rfind("/") + 1]
    folder = Path(posixpath.join(base.as_posix(), parent))
    files, endings = place.opened.files, _ENDINGS.get(name, ("",))
    others = _other_documents(place, name)
    for entry in files.siblings(folder / "x")[:_MOST]:
        if entry in _HIDDEN or (entry.startswith(".") and not typed[len(parent) :].startswith(".")):
            continue
        path = folder / entry
        is_folder = files.is_dir(path)
        if is_folder or (key.role != "folder" and entry.endswith(endings) and path not in others):
            yield parent + entry, is_folder


def _other_documents(place: Place, name: str) -> set[Path]:
    """The documents that are no file to name here: all but environments, where one is meant."""
    subjects = place.opened.project.subjects
    is_meant = {Kind.ENVIRONMENT} if name == "environment" else set()
    return {place.opened.path, *(each.path for each in subjects if each.kind not in is_meant)}


def _base(place: Place, name: str) -> Path | None:
    """The folder that a key's value is relative to; None when that is not on this machine."""
    folder = place.opened.path.parent
    beside = {"scoring_script": "code", "dockerfile_path": "path"}.get(name)
    if beside is None:
        return folder
    text = place.value(*place.cursor.path[:-1], beside)
    if text is None:
        return folder
    return folder / text.removeprefix(FILE_PREFIX) if is_on_this_machine(text) else None
