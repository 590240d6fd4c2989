"""The address by which VS Code opens a folder in its dev container. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["folder_uri"]


def folder_uri(workspace: Path, configuration: Path, inside: str) -> str:
    """What ``code --folder-uri`` takes.

    Args:
        workspace: the folder on this machine.
        configuration: its devcontainer.json, which is named only where VS Code would have to ask for it.
        inside: the workspace's folder in the container.
    """
    told = str(workspace)
    if configuration.parent.name != ".devcontainer":
        file = {"$mid": 1, "path": configuration.as_posix(), "scheme": "file"}
        told = json.dumps({"hostPath": str(workspace), "configFile": file}, separators=(",", ":"))
    return f"vscode-remote://dev-container+{told.encode().hex()}{quote(inside)}"
