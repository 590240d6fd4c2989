"""Lays out the kit's server as a folder for containers whose Python nobody knows yet: pure Python, and what it imports.

It comes from the running installation. The dependencies go to the end of the container's sys.path, so that the
versions that the image has win; compiled parts are for this machine's Python, and every package has a Python fallback.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devkit.runtime.installed import closure, files_of, package_folder

if TYPE_CHECKING:
    import importlib.metadata

__all__ = ["lay_out_kit"]

_LAUNCHER: Final = "devkit_instance.py"
_SERVED: Final = ("flask", "watchdog", "debugpy")
"""What the server needs under `dev`; granian is compiled, and serves only in production."""
_NOT_COPIED: Final = shutil.ignore_patterns("__pycache__", "*.pyc")


def lay_out_kit(parent: Path) -> Path:
    """The folder for the mount, made below `parent` unless it is there already."""
    server = package_folder("inference_server")
    distributions = list(closure(_SERVED))
    folder = parent / _digest(server, distributions)
    if folder.is_dir():
        return folder
    unfinished = parent / f".{uuid.uuid4().hex}"
    try:
        _fill(unfinished, server, distributions)
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():  # somebody else was quicker
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _fill(folder: Path, server: Path, distributions: list[importlib.metadata.Distribution]) -> None:
    packages = folder / "packages"
    shutil.copytree(server, packages / server.name, ignore=_NOT_COPIED)
    for distribution in distributions:
        for source, place in files_of(distribution):
            target = packages / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    here = Path(__file__).parent
    shutil.copy(here / _LAUNCHER, folder / _LAUNCHER)
    folder.chmod(0o755)


def _digest(server: Path, distributions: list[importlib.metadata.Distribution]) -> str:
    digest = hashlib.sha256()
    for distribution in distributions:
        digest.update(f"{distribution.metadata['Name']} {distribution.version}\n".encode())
    for path in sorted([*server.rglob("*.py"), *Path(__file__).parent.glob("*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
