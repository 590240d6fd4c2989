"""The files that checks look at: an editor's unsaved buffers first, then the disk. Nothing is ever written."""

from __future__ import annotations

import itertools
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Files", "find_yaml", "plain"]

LARGEST_TEXT = 32 * 2**20
"""Bytes. A larger file is no deployment document, script or conda file."""

_YAML = (".yml", ".yaml")
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "env"})
_MOST_FILES = 20_000
"""Files that one walk looks at; a folder with more is no project of deployments, and the walk must end."""


class Files:
    """Reads texts and asks about paths; the disk is asked once for each, so an object is good for one look."""

    def __init__(self, buffers: Mapping[Path, str] | None = None) -> None:
        self._buffers = dict(buffers or {})
        self._texts: dict[Path, str | None] = {}
        self._sizes: dict[Path, int] = {}
        self._kinds: dict[Path, tuple[bool, bool]] = {}
        self._names: dict[Path, list[str]] = {}

    def under(self, buffers: Mapping[Path, str]) -> Files:
        """The same disk under other buffers; what was read from it is not read again."""
        files = Files(buffers)
        files._texts, files._sizes = self._texts, self._sizes
        return files

    def read(self, path: Path) -> str | None:
        """The text of `path`, or None when it is absent, not UTF-8, no plain file, or larger than `LARGEST_TEXT`.

        A byte order mark stays in the text; line ends are as in the file.
        """
        opened = self._opened(path)
        if opened is not None:
            return opened
        if path not in self._texts:
            self._texts[path] = _read(path)
        return self._texts[path]

    def is_file(self, path: Path) -> bool:
        """Whether there is a file, on the disk or in a buffer."""
        return path in self._buffers or self._kind(path)[0]

    def is_dir(self, path: Path) -> bool:
        """Whether there is a folder, on the disk or around a buffer."""
        return self._kind(path)[1] or any(path in buffer.parents for buffer in self._buffers)

    def exists(self, path: Path) -> bool:
        """Whether there is anything."""
        return self.is_file(path) or self.is_dir(path)

    def siblings(self, path: Path) -> list[str]:
        """The names in the folder that `path` would be in; empty when there is no such folder."""
        folder = path.parent
        if folder not in self._names:
            names = _listed(folder) | {buffer.name for buffer in self._buffers if buffer.parent == folder}
            self._names[folder] = sorted(names)
        return self._names[folder]

    def size(self, path: Path) -> int:
        """Bytes of a file, or of the files below a folder. Links are not followed, so a circle of them ends."""
        if path not in self._sizes:
            self._sizes[path] = _size(path)
        return self._sizes[path]

    def _kind(self, path: Path) -> tuple[bool, bool]:
        """Whether the disk has a file there, and whether it has a folder; asked once."""
        if path not in self._kinds:
            self._kinds[path] = _kind(path)
        return self._kinds[path]

    def _opened(self, path: Path) -> str | None:
        """The buffer of a file, also where a document names it by way of another folder."""
        return self._buffers.get(plain(path)) if self._buffers else None


def plain(path: Path) -> Path:
    """A path without the steps back that it has."""
    return Path(os.path.normpath(path)) if ".." in path.parts else path


def find_yaml(folder: Path) -> Iterator[Path]:
    """The YAML files below `folder`, sorted; hidden folders, environments and links to folders are left out."""
    found = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not (name.startswith(".") or name in _SKIPPED))
        for name in sorted(names):
            if name.endswith(_YAML) and not name.startswith("."):
                found += 1
                if found > _MOST_FILES:
                    return
                yield Path(parent, name)


def _kind(path: Path) -> tuple[bool, bool]:
    """False twice where the disk cannot be asked: a name with a NUL byte, a circle of links."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False, False
    return stat.S_ISREG(mode), stat.S_ISDIR(mode)


def _listed(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in folder.iterdir()}
    except (OSError, ValueError):
        return set()


def _read(path: Path) -> str | None:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_TEXT:
            return None
        return path.read_bytes().decode("utf-8")
    except (OSError, ValueError):  # unreadable, not UTF-8, or a name that no file can have
        return None


def _size(path: Path) -> int:
    try:
        if path.is_file():
            return path.stat().st_size
    except (OSError, ValueError):
        return 0
    files = (Path(parent, name) for parent, _, names in os.walk(path) for name in names)
    return sum(_own_size(file) for file in itertools.islice(files, _MOST_FILES))


def _own_size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except OSError:  # gone since it was listed
        return 0
