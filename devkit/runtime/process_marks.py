"""Processes that know by themselves what they are: a mark in their environment, which outlives whoever started them.

A process id alone may have been given to somebody else, and a creation time shifts when the clock is set. The mark is
there before the process does anything, is inherited by its children, and needs no file that could be lost.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["FIRST_FILE", "MARK", "Mark", "mark_of", "marked_processes", "members"]

MARK = "DEVKIT_INSTANCE"
"""The variable that holds the mark."""
FIRST_FILE = "devkit_instance.py"
"""What the first process of an instance runs."""


@dataclass(frozen=True)
class Mark:
    """What an instance's processes carry: enough to make its `Instance` again."""

    name: str
    folder: str
    token: str
    """Unique to this start."""
    ports: Mapping[str, int]
    debug_port: int | None

    def text(self) -> str:
        """As the variable's value."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """What `text` wrote; None for anything else."""
        try:
            value: Any = json.loads(text)
            return cls(**value) if isinstance(value, dict) else None
        except (ValueError, TypeError):
            return None


def mark_of(pid: int) -> Mark | None:
    """The mark of a process that runs; None when it has none, has ended, or is another user's."""
    try:
        text = psutil.Process(pid).environ().get(MARK)
    except (psutil.Error, OSError):
        return None
    return Mark.read(text) if text is not None else None


def marked_processes(below: Path) -> Iterator[tuple[int, Mark]]:
    """The first process of every instance whose folder is below a folder: its process id and its mark."""
    for process in psutil.process_iter():
        mark = mark_of(process.pid)
        if mark is not None and Path(mark.folder).is_relative_to(below) and _is_first(process, mark):
            yield process.pid, mark


def _is_first(process: psutil.Process, mark: Mark) -> bool:
    """The first process runs `devkit_instance.py`; its children carry the mark too.

    In a virtual environment of Windows it does so twice: python.exe there starts the real one as its child.
    """
    try:
        if Path(*process.cmdline()[1:2]).name != FIRST_FILE:
            return False
        parent = mark_of(process.ppid()) if sys.platform == "win32" else None
    except psutil.Error:
        return False
    return parent is None or parent.token != mark.token


def members(pid: int, token: str) -> list[psutil.Process]:
    """Every process of an instance that runs: the first one, its children, and what they left behind.

    Children that cleaned their environment are found by their session, whose number is not given again while it has
    members; unless the first process's id is somebody else's by now, and so the session too.
    """
    first = mark_of(pid)
    ours = first is not None and first.token == token
    session = pid if ours or not psutil.pid_exists(pid) else None
    return [each for each in psutil.process_iter() if _belongs(each.pid, session, token)]


def _belongs(candidate: int, session: int | None, token: str) -> bool:
    mark = mark_of(candidate)
    if mark is not None:
        return mark.token == token
    if session is None or sys.platform == "win32":
        return False
    try:
        return os.getsid(candidate) == session
    except OSError:
        return False
