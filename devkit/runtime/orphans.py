"""Installers that outlive who asked for them: a control plane that is killed cannot end its own.

Each carries the process id of who asked, in its environment, which what it starts inherits.
"""

from __future__ import annotations

import contextlib

import psutil

__all__ = ["MAKER", "end_orphans", "end_tree"]

MAKER = "DEVKIT_INSTALLS_FOR"
"""The variable that holds the process id of who asked."""


def end_orphans() -> None:
    """Kill every installer of this user, with what it started, whose maker is gone; nobody waits for its end."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            maker = process.environ().get(MAKER, "")
            if maker.isdecimal() and not _alive(int(maker)):
                process.kill()


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end_tree(pid: int) -> None:
    """Kill a process and all that it started; one that has ended is well."""
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        for process in (first, *first.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                process.kill()
