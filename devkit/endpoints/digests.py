"""The hash of a file or folder, which names what has no name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["digest"]

_IGNORED = frozenset({"__pycache__", ".git"})


def digest(path: Path) -> str:
    """SHA-256 over names and contents, in hex."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    whole = hashlib.sha256()
    for file in files:
        name = file.relative_to(path.parent).as_posix()
        if not _IGNORED.intersection(name.split("/")):
            whole.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
