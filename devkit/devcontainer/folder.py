"""The folder of a configuration: read, and written as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["FOLDER", "read_folder", "write_folder"]

FOLDER = ".devcontainer"


def read_folder(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The texts of the files that are there.

    Raises:
        OSError, UnicodeDecodeError: one cannot be read.
    """
    texts = {}
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            texts[name] = (folder / name).read_bytes().decode("utf-8")
    return texts


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files, each in one step; when one cannot be written, none is.

    Raises:
        OSError: the folder or a file cannot be written; what was there is there still.
    """
    folder.mkdir(parents=True, exist_ok=True)
    in_the_way = next((folder / name for name in files if (folder / name).is_dir()), None)
    if in_the_way is not None:
        raise IsADirectoryError(errno.EISDIR, "a folder is in its place", str(in_the_way))
    waiting: dict[Path, Path] = {}
    try:
        for name, text in files.items():
            waiting[folder / name] = _waiting(folder, text)
        for target, path in waiting.items():
            path.replace(target)
    finally:
        for path in waiting.values():
            path.unlink(missing_ok=True)


def _waiting(folder: Path, text: str) -> Path:
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".devkit-")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text.encode("utf-8"))
        path.chmod(0o644)  # mkstemp's 0600 would keep the image's user from a file that is mounted
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path
