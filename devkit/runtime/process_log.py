"""The log of a process instance: one file that it appends to, cut by whoever watches it, so that it stays bounded."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LOG", "cut_log", "tail"]

LOG = "inference-server.log"
_OLDER = ".1"
_LIMIT = 10 * 1024 * 1024
_CHUNK = 64 * 1024


def cut_log(path: Path, limit: int = _LIMIT) -> bool:
    """Move what a log holds beyond `limit` bytes to the file before it; whether it did.

    The process goes on writing to the open file, at its new end: it was opened to append. A line that it writes between
    copy and cut is lost, which is the price of needing no process between.
    """
    try:
        if path.stat().st_size <= limit:
            return False
        shutil.copyfile(path, path.with_name(path.name + _OLDER))
        os.truncate(path, 0)
    except OSError:  # gone, or no room for the copy: try again at the next look
        return False
    return True


def tail(path: Path, lines: int) -> str:
    """The last lines, reaching back into the file before the last cut; empty when there is no log."""
    found: list[bytes] = []
    for part in (path, path.with_name(path.name + _OLDER)):
        if len(found) < lines:
            found = _last_lines(part, lines - len(found)) + found
    return b"".join(found).decode("utf-8", errors="replace")


def _last_lines(path: Path, count: int) -> list[bytes]:
    if count <= 0:
        return []
    try:
        with path.open("rb") as file:
            position = file.seek(0, os.SEEK_END)
            text = b""
            while position > 0 and text.count(b"\n") <= count:
                step = min(_CHUNK, position)
                position = file.seek(position - step)
                text = file.read(step) + text
    except OSError:
        return []
    return text.splitlines(keepends=True)[-count:]
