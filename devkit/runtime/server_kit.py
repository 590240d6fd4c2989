"""Lays out the kit's server as a folder for containers whose Python nobody knows yet: pure Python, and what it imports.

It comes from the running installation. The dependencies go to the end of the container's sys.path, so that the
versions that the image has win; compiled parts are for this machine's Python, and every package has a Python fallback.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import re
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["lay_out_kit"]

_LAUNCHER: Final = "devkit_instance.py"
_SERVED: Final = ("flask", "watchdog", "debugpy")
"""What the server needs under `dev`; granian is compiled, and serves only in production."""
_NOT_COPIED: Final = shutil.ignore_patterns("__pycache__", "*.pyc")


def lay_out_kit(parent: Path) -> Path:
    """The folder for the mount, made below `parent` unless it is there already."""
    server = _package_folder("inference_server")
    distributions = list(_closure(_SERVED))
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
        for file in distribution.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                target = packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)
    here = Path(__file__).parent
    shutil.copy(here / _LAUNCHER, folder / _LAUNCHER)
    folder.chmod(0o755)


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"The package {name} is not installed.")
    return Path(next(iter(spec.submodule_search_locations)))


def _closure(names: tuple[str, ...]) -> Iterator[importlib.metadata.Distribution]:
    """The distributions of that name and everything that they need here."""
    waiting, seen = list(names), set[str]()
    while waiting:
        name = re.split(r"[^\w.-]", waiting.pop(), maxsplit=1)[0]
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        distribution = importlib.metadata.distribution(name)
        yield distribution
        waiting += [each for each in distribution.requires or () if ";" not in each]


def _digest(server: Path, distributions: list[importlib.metadata.Distribution]) -> str:
    digest = hashlib.sha256()
    for distribution in distributions:
        digest.update(f"{distribution.metadata['Name']} {distribution.version}\n".encode())
    for path in sorted([*server.rglob("*.py"), *Path(__file__).parent.glob("*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
