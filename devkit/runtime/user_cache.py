"""What can be made again and takes long: in the user's cache folder, each thing once, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.runtime.protocol import Progress

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


def build_once(folder: Path, build: Callable[[Path, int], None], progress: Progress, what: str) -> bool:
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
def _locked(path: Path, progress: Progress, what: str) -> Iterator[int]:
    with path.open("a+b") as file:
        if not _lock(file, wait=False):
            progress(f"Another process is building {what}; waiting for it.")
            _lock(file, wait=True)
        try:
            yield file.fileno()
        finally:
            _unlock(file)


if sys.platform == "win32":
    import msvcrt
    import time

    def _lock(file: IO[bytes], *, wait: bool) -> bool:
        while not _locks_at_once(file):
            if not wait:
                return False
            time.sleep(0.2)
        return True

    def _locks_at_once(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes], *, wait: bool) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
