"""Paths of the host as a devcontainer.json says them, so that the file means the same on every machine. Pure."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePath

__all__ = ["WORKSPACE", "bind", "host_path", "relative_path", "workspace_path"]

WORKSPACE = "${localWorkspaceFolder}"


def host_path(path: PurePath, workspace: PurePath) -> str:
    """A path of the host: by the workspace's folder where it lies in it, else as it is."""
    below = workspace_path(path, workspace)
    if below is None:
        return path.as_posix()
    return posixpath.join(WORKSPACE, below) if below != "." else WORKSPACE


def workspace_path(path: PurePath, workspace: PurePath) -> str | None:
    """The path below the workspace, with forward slashes; None where it lies outside."""
    return path.relative_to(workspace).as_posix() if path.is_relative_to(workspace) else None


def relative_path(path: PurePath, folder: PurePath) -> str:
    """The way from `folder` to `path`, with forward slashes; the whole path where there is none (another drive)."""
    try:
        return posixpath.relpath(path.as_posix(), folder.as_posix())
    except ValueError:
        return os.fspath(path)


def bind(source: str, target: str, *, read_only: bool) -> str:
    """A bind mount as Docker's ``--mount`` reads it: comma-separated, and quoted where a path has a comma."""
    fields = ["type=bind", f"source={source}", f"target={target}", *(["readonly"] if read_only else [])]
    return ",".join(_quoted(each) for each in fields)


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if "," in field or '"' in field else field
