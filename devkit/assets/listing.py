"""The files of a code folder, a model or a build context: those that azure-ai-ml would upload."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devkit.spec.ignore_rules import IGNORE_FILES, IgnoreRules

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["files_of"]

_NEVER: Final = frozenset({"__pycache__", ".git", ".devkit"})
"""Left out always. azure-ai-ml takes the first two, but they change by themselves, and each change were new content."""


def files_of(source: Path) -> dict[str, Path]:
    """The files below a folder by their relative path with forward slashes, sorted; of a file, itself by its name.

    Links are followed, as azure-ai-ml does; a link back up is followed once. Empty folders are not kept, as in a blob
    store.

    Raises:
        OSError: a folder cannot be read, or there is nothing at `source`.
    """
    if not source.is_dir():
        source.stat()
        return {source.name: source}
    rules = _rules(source)
    found = {path.relative_to(source).as_posix(): path for path in _walk(source)}
    return {name: found[name] for name in sorted(found) if rules is None or rules.ignored_by(name) is None}


def _rules(folder: Path) -> IgnoreRules | None:
    file = next((folder / name for name in IGNORE_FILES if (folder / name).is_file()), None)
    return None if file is None else IgnoreRules(file.name, file.read_text(encoding="utf-8-sig"))


def _walk(top: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for parent, folders, names in os.walk(top, followlinks=True, onerror=_raise):
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if name not in _NEVER)
        yield from (path for name in names if (path := Path(parent, name)).is_file())


def _raise(error: OSError) -> None:
    raise error
