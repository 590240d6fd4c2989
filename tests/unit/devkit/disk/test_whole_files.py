from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.disk.whole_files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes, and links need rights")


def test_a_text_is_written_as_it_is(tmp_path: Path) -> None:
    """Line ends and letters come out as they went in, and nothing else is left in the folder."""
    path = tmp_path / "file"
    write_whole(path, "old")
    write_whole(path, "é\r\nb\n")
    assert path.read_bytes() == "é\r\nb\n".encode()
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_only_the_owner_reads_unless_told_otherwise(tmp_path: Path) -> None:
    """A file has mode 0600, or the one that was asked for."""
    write_whole(tmp_path / "secret", b"")
    write_whole(tmp_path / "page", b"", mode=0o644)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("secret", "page")] == [0o600, 0o644]


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What a link points to gets the content."""
    (tmp_path / "there").mkdir()
    link, target = tmp_path / "link", tmp_path / "there" / "target"
    link.symlink_to(target)
    write_whole(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """Where the file cannot be replaced nothing is lost, and nothing lies beside it."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with pytest.raises(OSError, match="taken"):
        write_whole(tmp_path / "taken", "new")
    assert [path.name for path in tmp_path.rglob("*")] == ["taken", "file"]
