"""Removing content that nothing refers to any longer, unless somebody is at work with content just then.

Who copies content in before anything refers to it, or uses it without, holds `in_use`. The system frees the lock of a
process that was killed, so that nothing is in use for ever.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from devkit.assets.content import discard
from devkit.disk.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["collect", "in_use"]

_GUARD: Final = "collecting.lock"
_USERS: Final = "users"


@contextmanager
def in_use(root: Path) -> Iterator[None]:
    """Inside, nothing below `root` is collected, by this process or another.

    Raises:
        OSError: the folder cannot be written.
    """
    users = root / _USERS
    users.mkdir(parents=True, exist_ok=True)
    path = users / uuid.uuid4().hex
    lock = FileLock(path)
    with _guard(root, wait=True):
        lock.take()
    try:
        yield
    finally:
        lock.free()
        path.unlink(missing_ok=True)


def collect(root: Path, kinds: Iterable[str], used: Callable[[], Iterable[Path]]) -> list[Path]:
    """Remove each folder of content below `root` that nothing uses; none while somebody is `in_use`.

    Args:
        root: where the folders of the kinds lie.
        kinds: their names; each holds content below its hash.
        used: tells what is referred to: places of content, or below them. Asked once nobody can add to it.

    Returns:
        What was removed.

    Raises:
        OSError: something cannot be removed. What is left of it is no content any more.
    """
    if not root.is_dir():
        return []
    with _guard(root, wait=False) as alone:
        if not alone or _somebody_is_at_work(root / _USERS):
            return []
        kept = {parent for path in used() for parent in (path, *path.parents)}
        unused = [
            place
            for kind in kinds
            for place in sorted((root / kind).glob("[!.]*"))
            if place.is_dir() and place not in kept
        ]
        for place in unused:
            discard(place)
    return unused


@contextmanager
def _guard(root: Path, *, wait: bool) -> Iterator[bool]:
    lock = FileLock(root / _GUARD)
    taken = lock.take(wait=wait)
    try:
        yield taken
    finally:
        lock.free()


def _somebody_is_at_work(users: Path) -> bool:
    """Whether a lock is held; a file without one was left by a process that was killed."""
    for path in users.glob("*"):
        lock = FileLock(path)
        if not lock.take():
            return True
        lock.free()
        path.unlink(missing_ok=True)
    return False
