from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from devkit.promote.journal import Journal, Request, folder_of
from devkit.workspace import Workspace


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot sync a folder")
def test_a_journal_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content is on the disk before the file takes its place, and the place before writing it returns."""
    workspace, sync = Workspace(tmp_path), os.fsync
    journal = Journal(id="1", request=Request(file=Path("green.yml"), to="fake:"))
    path, synced = journal.path(workspace), []

    def watched(descriptor: int) -> None:
        found = os.fstat(descriptor)
        synced.append((stat.S_ISDIR(found.st_mode), found.st_ino, path.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    journal.write(workspace)
    assert synced == [(False, path.stat().st_ino, False), (True, folder_of(workspace).stat().st_ino, True)]
    assert path.read_text() == journal.model_dump_json(indent=2) + "\n"
