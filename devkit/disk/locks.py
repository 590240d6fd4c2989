"""An exclusive lock on a file, held by one process; the system frees it whatever that process's end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FileLock"]


class FileLock:
    """A file that one process at a time can lock; one object is one attempt, not to be shared between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        """The locked file's: a child process that inherits it keeps others out for as long as it lives.

        Raises:
            RuntimeError: the lock is not held.
        """
        if self._descriptor is None:
            raise RuntimeError(f"{self._path} is not locked by this object.")
        return self._descriptor

    def take(self, *, wait: bool = False) -> bool:
        """Lock it, and tell whether that worked; with `wait` it does, once the holder has ended or freed it.

        Raises:
            OSError: the file cannot be opened, or its file system knows no locks.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            taken = _lock(descriptor, wait=wait)
        except BaseException:
            os.close(descriptor)
            raise
        if taken:
            self._descriptor = descriptor
        else:
            os.close(descriptor)
        return taken

    def free(self) -> None:
        """Give it back, if it is held; also from child processes that inherited it."""
        if self._descriptor is not None:
            _unlock(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt
    import time

    _LOOK_EVERY_S = 0.2

    def _lock(descriptor: int, *, wait: bool) -> bool:
        while not _locks_at_once(descriptor):
            if not wait:
                return False
            time.sleep(_LOOK_EVERY_S)
        return True

    def _locks_at_once(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:  # another process holds it
            return False
        return True

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
