"""What can be made again and takes long: in the user's cache folder, each thing once, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.disk.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["build_once", "cache_folder"]

_COMPLETE = ".complete"


def cache_folder() -> Path:
    """DEVKIT_CACHE_DIR, or `endpoint-devkit` in the platform's folder for caches."""
    if named := os.environ.get("DEVKIT_CACHE_DIR"):
        return Path(named).absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "endpoint-devkit" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/endpoint-devkit"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "endpoint-devkit"


def build_once(folder: Path, build: Callable[[Path, int], None], progress: Callable[[str], None], what: str) -> bool:
    """Have `folder` built, unless it is there already; whether it was built now.

    One process builds at a time, the others wait for it. A folder counts once `build` has returned: a build that failed
    or was killed is cleared away by the next one.

    Args:
        folder: what to build.
        build: builds into the folder, which does not exist when it is called. It is also given the descriptor of the
            lock: a child process that inherits it keeps others out for as long as it lives, should this one be killed.
        progress: is told when another process has to be waited for.
        what: how to call it in that line.
    """
    if (folder / _COMPLETE).exists():
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_name(f"{folder.name}.lock"), progress, what) as descriptor:
        if (folder / _COMPLETE).exists():
            return False
        if folder.exists():
            shutil.rmtree(folder)
        build(folder, descriptor)
        (folder / _COMPLETE).touch()
    return True


@contextlib.contextmanager
def _locked(path: Path, progress: Callable[[str], None], what: str) -> Iterator[int]:
    lock = FileLock(path)
    if not lock.take():
        progress(f"Another process is building {what}; waiting for it.")
        lock.take(wait=True)
    try:
        yield lock.descriptor
    finally:
        lock.free()
