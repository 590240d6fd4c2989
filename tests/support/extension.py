"""The VS Code extension's own code, run by Node without an editor around it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

__all__ = ["attach_configuration", "require_extension"]

_EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"
_ESBUILD = _EXTENSION / "node_modules" / ".bin" / "esbuild"
_BUNDLE = "--bundle --platform=node --format=cjs --target=node20 --alias:vscode=./test/vscode.ts --log-level=error"


def require_extension() -> None:
    """Skip where the extension cannot be bundled and run; under CI it fails."""
    if _ESBUILD.exists() and shutil.which("node") is not None:
        return
    reason = "The extension's packages are not there: make lint installs them, with npm."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def attach_configuration(workspace: Path, configuration: dict[str, Any], bundles: Path) -> dict[str, Any]:
    """What debugpy's adapter is told for an attach configuration of type "devkit".

    Args:
        workspace: the folder that is open in the editor.
        configuration: as it stands in launch.json.
        bundles: where the extension's code is put for Node.
    """
    program = bundles / "attach.js"
    subprocess.run([_ESBUILD, "test/attach.ts", *_BUNDLE.split(), f"--outfile={program}"], cwd=_EXTENSION, check=True)
    words = ["node", str(program), str(workspace), sys.executable, json.dumps(configuration)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made
