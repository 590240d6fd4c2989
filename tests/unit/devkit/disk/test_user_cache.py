from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from devkit.disk.user_cache import build_once, cache_folder

if TYPE_CHECKING:
    from pathlib import Path


def ignore(_: str) -> None:
    return


def test_a_thing_is_built_once(tmp_path: Path) -> None:
    """The second time it is there."""
    built: list[Path] = []

    def build(folder: Path, _: int) -> None:
        folder.mkdir()
        built.append(folder)

    assert build_once(tmp_path / "thing", build, ignore, "it")
    assert not build_once(tmp_path / "thing", build, ignore, "it")
    assert built == [tmp_path / "thing"]


def test_a_failed_build_counts_for_nothing(tmp_path: Path) -> None:
    """What a failed build left is cleared away by the next one."""

    def fail(folder: Path, _: int) -> None:
        folder.mkdir()
        (folder / "half").touch()
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        build_once(tmp_path / "thing", fail, ignore, "it")
    assert build_once(tmp_path / "thing", lambda folder, _: folder.mkdir(), ignore, "it")
    assert not (tmp_path / "thing" / "half").exists()


def test_two_at_once_build_once(tmp_path: Path) -> None:
    """The second waits for the first, says so, and takes what the first has built."""
    begun, told = threading.Event(), threading.Event()
    built: list[int] = []

    def build(folder: Path, _: int) -> None:
        begun.set()
        assert told.wait(30)
        folder.mkdir()
        built.append(1)

    first = threading.Thread(target=build_once, args=(tmp_path / "thing", build, ignore, "it"))
    first.start()
    assert begun.wait(30)
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        told.set()

    assert not build_once(tmp_path / "thing", build, hear, "it")
    first.join()
    assert built == [1]
    assert lines == ["Another process is building it; waiting for it."]


KILLED = """
import sys
from pathlib import Path
from devkit.disk.user_cache import build_once

def build(folder, lock):
    folder.mkdir()
    (folder / "half").touch()
    print("building", flush=True)
    sys.stdin.read()

build_once(Path(sys.argv[1]), build, print, "it")
"""


def test_a_build_that_was_killed_counts_for_nothing(tmp_path: Path) -> None:
    """After kill -9 in the middle the lock is free, and the next one builds anew."""
    command = [sys.executable, "-c", KILLED, str(tmp_path / "thing")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "building\n"
        process.kill()
    assert build_once(tmp_path / "thing", lambda folder, _: folder.mkdir(), ignore, "it")
    assert not (tmp_path / "thing" / "half").exists()


def test_the_cache_can_be_put_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DEVKIT_CACHE_DIR names the folder."""
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path))
    assert cache_folder() == tmp_path
