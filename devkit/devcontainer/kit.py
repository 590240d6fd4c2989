"""The server that is brought into the container, at a place of the workspace that a devcontainer.json can name."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from devkit.runtime.container import KIT_FOLDER, LAUNCH
from devkit.runtime.server_kit import lay_out_kit
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["COMMANDS", "kit_folder", "provide_kit", "provide_secrets", "secrets_folder"]

COMMANDS = f"{KIT_FOLDER}/bin"
"""Where the container finds `infsrv`: last on its PATH."""

_STAMP = "kit.txt"


def kit_folder(workspace: Path) -> Path:
    """Where the kit lies: the same on every machine that has the workspace, and out of version control."""
    return Workspace(workspace).folder / "devcontainer" / "server"


def secrets_folder(workspace: Path) -> Path:
    """Where the build secrets lie: the host's package index and certificates."""
    return Workspace(workspace).folder / "devcontainer-secrets"


def provide_secrets(workspace: Path, secrets: Mapping[str, bytes]) -> None:
    """Write the build secrets, each for its owner alone.

    Raises:
        OSError: one cannot be written.
    """
    folder = secrets_folder(workspace)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for name, content in secrets.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_bytes(content)


def provide_kit(workspace: Path) -> None:
    """Lay out the running installation's server at `kit_folder`; nothing to do where it is there.

    The folder itself stays, since a running container has it mounted: what is in it changes.

    Raises:
        OSError: it cannot be written.
    """
    Workspace(workspace).prepare()
    folder = kit_folder(workspace)
    source = lay_out_kit(folder.parent)
    stamp = folder / _STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == source.name:
        return
    folder.mkdir(exist_ok=True)
    for each in [*folder.iterdir(), *(each for each in folder.parent.iterdir() if each not in {folder, source})]:
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    shutil.copytree(source, folder, dirs_exist_ok=True)
    command = folder / "bin" / "infsrv"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\n{LAUNCH}\n", encoding="utf-8", newline="\n")
    command.chmod(0o755)
    stamp.write_text(source.name, encoding="utf-8")
