"""Two versions of the kit in one workspace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devkit.control_plane import daemon
from devkit.control_plane.errors import NotReachedError
from devkit.disk.locks import FileLock
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_a_control_plane_of_another_version_is_named(tmp_path: Path) -> None:
    """A control plane whose control.json this version cannot read is told at once, with the way out."""
    workspace = Workspace(tmp_path)
    workspace.prepare()
    lock = FileLock(workspace.folder / "control.lock")
    assert lock.take()
    workspace.control_file.write_text(json.dumps({"pid": 1, "of_another_version": True}))
    with pytest.raises(NotReachedError, match=r"another version of endpoint-devkit.*control\.json"):
        daemon.ensure(workspace)
    lock.free()
