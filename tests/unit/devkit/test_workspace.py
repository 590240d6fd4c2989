from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from devkit.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_a_workspace_is_found_from_any_folder_below_it(tmp_path: Path) -> None:
    """A command in a sub-folder talks to the control plane of the folder above, as git does."""
    Workspace(tmp_path).prepare()
    below = tmp_path / "models" / "blue"
    below.mkdir(parents=True)
    assert find_workspace(below).root == tmp_path


def test_without_one_the_folder_itself_becomes_it(tmp_path: Path) -> None:
    """Nothing has to be set up before the first command."""
    assert find_workspace(tmp_path).root == tmp_path


def test_its_folder_is_private_and_ignored_by_git(tmp_path: Path) -> None:
    """Keys and logs are for the owner's eyes, and never become part of a commit."""
    workspace = Workspace(tmp_path)
    workspace.prepare()
    assert stat.S_IMODE(workspace.folder.stat().st_mode) == 0o700
    assert "\n*\n" in (workspace.folder / ".gitignore").read_text()
