from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from devkit.disk.locks import FileLock

if TYPE_CHECKING:
    from pathlib import Path


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    """While one holds the lock another is told so at once; after that it can be had."""
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.take()
    assert not second.take()
    first.free()
    assert second.take()
    second.free()


def test_who_waits_gets_it_when_it_is_freed(tmp_path: Path) -> None:
    """Waiting ends when the holder frees the lock."""
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.take()
    waiting = threading.Thread(target=second.take, kwargs={"wait": True})
    waiting.start()
    first.free()
    waiting.join(30)
    assert not waiting.is_alive()
    assert not first.take()
    second.free()


def test_what_is_not_held_has_no_descriptor(tmp_path: Path) -> None:
    """Freeing twice does nothing, and a lock that is not held says so."""
    lock = FileLock(tmp_path / "lock")
    lock.take()
    lock.free()
    lock.free()
    with pytest.raises(RuntimeError, match="is not locked"):
        assert lock.descriptor
