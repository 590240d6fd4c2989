"""The control plane as a process of its own: started when first needed, found again, ended with all that it runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from devkit.control_plane.client import Client, WorkspaceId
from devkit.control_plane.connection import Connection
from devkit.control_plane.errors import NotReachedError, ServiceError

if TYPE_CHECKING:
    from devkit.workspace import Workspace

__all__ = ["LOG_FILE", "client", "ensure", "ensure_encrypted", "running", "stop"]

LOG_FILE = "control.log"
_LOOK_EVERY_SECONDS = 0.02
_LOG_LINES = 20
_LOG_LIMIT = 5 * 1024 * 1024
_DETACHED = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)

_started: list[subprocess.Popen[bytes]] = []
"""Kept, since a Popen that is collected while its process runs warns. The process outlives us on purpose."""


def running(workspace: Workspace) -> Connection | None:
    """The control plane of the workspace, when one runs. A file left by one that was killed is no such thing."""
    connection = Connection.read(workspace.control_file)
    return connection if connection is not None and connection.alive() else None


def ensure(workspace: Workspace, timeout_s: float = 30) -> Connection:
    """The running control plane of the workspace, started if need be. It survives the caller.

    Callers at the same time get the same one: of two that start, one goes on and the other ends itself.

    Raises:
        NotReachedError: it could not be started; the message has the end of its log.
    """
    found = running(workspace)
    if found is not None:
        return found
    workspace.prepare()
    process = _start(workspace)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = running(workspace)
        if found is not None:
            return found
        if process.poll() == 0 and _of_another_version(workspace):
            raise NotReachedError(
                f"A control plane runs here whose {workspace.control_file.name} this version cannot read: another "
                f"version of endpoint-devkit started it. End its process, which {workspace.control_file} names; "
                "the next command starts a new one, and nothing is lost."
            )
        if process.poll() not in (None, 0):
            break
        time.sleep(_LOOK_EVERY_SECONDS)
    raise NotReachedError(f"The local control plane did not start.\n{_end_of_log(workspace)}")


def _of_another_version(workspace: Workspace) -> bool:
    """Whether the file that tells where the control plane listens is there, and is none of ours."""
    return workspace.control_file.exists() and Connection.read(workspace.control_file) is None


def ensure_encrypted(workspace: Workspace, timeout_s: float = 30) -> Connection:
    """As `ensure`, and wait for its https port, which comes a moment later: for azure-ai-ml.

    Raises:
        NotReachedError: it could not be started, or has no such port.
    """
    deadline = time.monotonic() + timeout_s
    while (connection := ensure(workspace, timeout_s)).https_url is None:
        if time.monotonic() > deadline:
            raise NotReachedError(f"There is no https port.\n{_end_of_log(workspace)}")
        time.sleep(_LOOK_EVERY_SECONDS)
    return connection


def client(workspace: Workspace) -> Client:
    """A client of the workspace's control plane, which is started if need be."""
    name = "".join(letter if letter.isalnum() else "-" for letter in workspace.root.name).strip("-") or "local"
    return Client.local(ensure(workspace), WorkspaceId(name=name))


def stop(workspace: Workspace, timeout_s: float = 60) -> bool:
    """End the control plane with its instances and gateways; tell whether there was anything to end.

    What a killed control plane left running is ended too, by another one. Where the last one ended well nothing is
    started. The state is kept: a later start serves again.

    Raises:
        ServiceError: it did not end in time.
    """
    if running(workspace) is None and not workspace.started_file.exists():
        return False
    connection = ensure(workspace)
    Client.local(connection).shut_down()
    deadline = time.monotonic() + timeout_s
    while connection.alive():
        if time.monotonic() > deadline:
            raise ServiceError(
                f"The control plane (process {connection.pid}) has not ended within {timeout_s:g} s; "
                f"{workspace.folder / LOG_FILE} tells what it waits for.",
                code="Timeout",
            )
        time.sleep(_LOOK_EVERY_SECONDS)
    _started[:] = [process for process in _started if process.poll() is None]  # reaps what we started ourselves
    return True


def _start(workspace: Workspace) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "devkit.control_plane", "--workspace", str(workspace.root)]
    # glibc gives each thread an arena of its own otherwise: 5 MB of memory for nothing
    environment = {"MALLOC_ARENA_MAX": "2", **os.environ}
    path = workspace.folder / LOG_FILE
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_name(f"{LOG_FILE}.1"))
    with path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=workspace.root,
            env=environment,
            start_new_session=True,  # ignored by Windows, which has flags instead
            creationflags=_DETACHED,
        )
    _started.append(process)
    return process


def _end_of_log(workspace: Workspace) -> str:
    try:
        text = (workspace.folder / LOG_FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-_LOG_LINES:])
