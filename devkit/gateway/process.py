"""Starting, finding and ending gateway processes: what the control plane does with them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil

from devkit.gateway.client import AdminClient, GatewayError
from devkit.gateway.files import LOG, STATUS, read_status, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.gateway.config import GatewayConfig, GatewayStatus

__all__ = ["adopt", "apply", "start", "stop"]

START_WITHIN_S = 45.0
_POLL_S = 0.02
_LOG_LIMIT = 5 * 1024 * 1024
_MODULE = "devkit.gateway"

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Kept so that a gateway of ours which ends is reaped, and so that none is ended with us."""


def apply(folder: Path, config: GatewayConfig) -> GatewayStatus:
    """Write `config` and have a gateway go by it: the running one, or a new one where none runs.

    Raises:
        GatewayError: a running gateway refused it and goes on by its old one, or none could be started.
    """
    write_config(folder, config)
    status = adopt(folder)
    if status is None:
        return start(folder)
    AdminClient(status).reload()
    return read_status(folder) or status


def start(folder: Path, *, within_s: float = START_WITHIN_S) -> GatewayStatus:
    """The folder's gateway, started unless it runs: detached, in a session of its own, with its log in the folder.

    Raises:
        GatewayError: it could not start (its port is taken, its configuration is wrong), with its own words.
    """
    running = adopt(folder)
    if running is not None:
        return running
    child = _spawn(folder)
    _children[child.pid] = child
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        ended = child.poll() is not None
        status = adopt(folder)  # after the look at the child: who lost a race for the port adopts the winner
        if status is not None:
            if not _is_of(child, status):
                _give_up(child)
            return status
        if ended:
            _give_up(child)
            raise GatewayError(_last_words(folder) or f"The gateway ended at once with exit code {child.returncode}.")
        time.sleep(_POLL_S)
    _give_up(child)
    raise GatewayError(f"The gateway did not listen within {within_s:g} s. {_last_words(folder)}".strip())


def _is_of(child: subprocess.Popen[bytes], status: GatewayStatus) -> bool:
    """Whether the gateway is the process that was started; on Windows a virtual environment's python starts another."""
    if status.pid == child.pid:
        return True
    with contextlib.suppress(psutil.Error):
        return psutil.Process(status.pid).ppid() == child.pid
    return False


def _give_up(child: subprocess.Popen[bytes]) -> None:
    """End a process that is not to become the folder's gateway."""
    child.kill()
    child.wait()
    _children.pop(child.pid, None)


def adopt(folder: Path) -> GatewayStatus | None:
    """The gateway that runs over `folder`, whoever started it; None where none does."""
    status = read_status(folder)
    return status if status is not None and _process(status, folder) is not None else None


def stop(folder: Path, grace_s: float = 30.0) -> None:
    """End the folder's gateway: politely, so that it answers what it has in hand, and by force after `grace_s`."""
    status = adopt(folder)
    process = _process(status, folder) if status is not None else None
    if status is not None and process is not None:
        _end(AdminClient(status), process, grace_s)
        child = _children.pop(process.pid, None)
        if child is not None:
            child.wait()
    (folder / STATUS).unlink(missing_ok=True)


def _end(client: AdminClient, process: psutil.Process, grace_s: float) -> None:
    try:
        client.stop()
    except GatewayError:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    if not _gone(process, grace_s):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
        _gone(process, grace_s)


def _gone(process: psutil.Process, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while _is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _process(status: GatewayStatus, folder: Path) -> psutil.Process | None:
    """The process of a status, unless it has ended and its id was given to another.

    Told by its command line: the creation time that the system computes moves when somebody sets the clock.
    """
    try:
        process = psutil.Process(status.pid)
        ours = process.cmdline()[-2:] == [_MODULE, str(folder.absolute())]
    except psutil.Error:
        return None
    return process if ours and _is_alive(process) else None


def _is_alive(process: psutil.Process) -> bool:
    child = _children.get(process.pid)
    if child is not None and child.poll() is not None:
        return False
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _spawn(folder: Path) -> subprocess.Popen[bytes]:
    log = folder / LOG
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_name(f"{LOG}.1"))
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", _MODULE, str(folder.absolute())],
            cwd=folder,  # -m puts it in front of sys.path: nothing of the user's may stand in for our modules
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )


def _last_words(folder: Path) -> str:
    with contextlib.suppress(OSError):
        lines = (folder / LOG).read_text("utf-8", "replace").strip().splitlines()
        if lines:
            return lines[-1]
    return ""
