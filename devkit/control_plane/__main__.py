"""`python -m devkit.control_plane --workspace DIR`: one workspace's control plane, until it is told to end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import secrets
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.control_plane import tls
from devkit.control_plane.connection import Connection
from devkit.control_plane.errors import ServiceError
from devkit.control_plane.migrations import NewerDatabaseError
from devkit.disk.locks import FileLock
from devkit.workspace import Workspace

if TYPE_CHECKING:
    import ssl

    from aiohttp import web

    from devkit.control_plane.operations import Operations

_LOGGER = logging.getLogger("devkit.control_plane")
_HOST = "127.0.0.1"
_TOKEN_BYTES = 32
_NOT_STARTED = 3


def main() -> int:
    """Run until told to end. A second one for the same workspace ends at once, and well."""
    parser = argparse.ArgumentParser(prog="python -m devkit.control_plane", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True, help="the folder that has, or gets, .devkit")
    workspace = Workspace(parser.parse_args().workspace.absolute())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    workspace.prepare()
    lock = FileLock(workspace.folder / "control.lock")
    if not lock.take():
        return 0
    try:
        asyncio.run(_serve(workspace))
    except (ServiceError, NewerDatabaseError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return _NOT_STARTED
    finally:
        workspace.control_file.unlink(missing_ok=True)
        lock.free()
    return 0


async def _serve(workspace: Workspace) -> None:
    from aiohttp import web

    from devkit.control_plane.api.app import make_app
    from devkit.control_plane.operations import Operations

    operations = await asyncio.to_thread(Operations, workspace)
    token, ending = secrets.token_urlsafe(_TOKEN_BYTES), asyncio.Event()
    runner = web.AppRunner(make_app(operations, token, ending.set), access_log=None)
    await runner.setup()
    try:
        workspace.started_file.touch(mode=0o600)
        await asyncio.to_thread(operations.start)
        connection = await _listen(runner, token)
        connection.write(workspace.control_file)
        _LOGGER.info("The control plane of %s listens on %s (process %d)", workspace.root, connection.url, os.getpid())
        _end_on_signals(ending)
        encrypting = asyncio.create_task(_listen_encrypted(runner, workspace, connection))
        await ending.wait()
        encrypting.cancel()
    finally:
        await _end(operations, runner)
        workspace.started_file.unlink(missing_ok=True)


async def _listen(runner: web.AppRunner, token: str) -> Connection:
    import psutil

    port = await _open(runner, None)
    return Connection(os.getpid(), psutil.Process().cmdline(), f"http://{_HOST}:{port}", token)


async def _listen_encrypted(runner: web.AppRunner, workspace: Workspace, connection: Connection) -> None:
    """Listen with TLS too, which only azure-ai-ml needs, so that nobody else waits for the certificate."""
    try:
        context = await asyncio.to_thread(tls.context, workspace.tls)
        port = await _open(runner, context)
    except (OSError, subprocess.SubprocessError):
        _LOGGER.exception("There is no https port, which azure-ai-ml needs")
        return
    encrypted = replace(connection, https_url=f"https://{_HOST}:{port}", certificate=str(tls.authority(workspace.tls)))
    encrypted.write(workspace.control_file)


async def _open(runner: web.AppRunner, context: ssl.SSLContext | None) -> int:
    from aiohttp import web

    site = web.TCPSite(runner, _HOST, 0, ssl_context=context)
    await site.start()
    server = site._server  # noqa: SLF001  aiohttp 3.14 has no other way to tell one site's port from another's
    return int(server.sockets[0].getsockname()[1])  # type: ignore[union-attr]  # it was started


async def _end(operations: Operations, runner: web.AppRunner) -> None:
    _LOGGER.info("Ending every instance and gateway")
    await asyncio.to_thread(operations.shut_down)
    await runner.cleanup()
    _LOGGER.info("Ended")


def _end_on_signals(ending: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # on Windows only `down` ends it
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ending.set)


if __name__ == "__main__":
    sys.exit(main())
