"""Debian's docker-registry on this machine's loopback, and a way to it from the second engine's loopback."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import threading
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.dev_server import wait_until
from tests.support.docker_engine import without
from tests.support.ports import free_port
from tests.support.tcp_forwarder import TcpForwarder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.second_engine import SecondEngine

__all__ = ["registry", "registry_at"]

_CONFIGURATION = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: "{folder}"}}}}
http: {{addr: "127.0.0.1:{port}"}}
log: {{level: error}}
"""
_CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def registry(folder: Path) -> Iterator[int]:
    """Start one over `folder`; its port. Engines take one on their own loopback without TLS."""
    program = shutil.which("docker-registry")
    if program is None:
        without("docker-registry is not here (Debian: docker-registry).")
    port = free_port()
    configuration = folder / "registry.yml"
    configuration.write_text(_CONFIGURATION.format(folder=folder / "registry", port=port), encoding="utf-8")
    with subprocess.Popen(
        [program, "serve", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_until(lambda: _answers(f"http://127.0.0.1:{port}/v2/"), "the registry answers")
            yield port
        finally:
            process.terminate()


@contextlib.contextmanager
def registry_at(host: SecondEngine, port: int, to: int | None = None) -> Iterator[TcpForwarder]:
    """While inside, that port of the host's loopback leads to the same port here, or to `to`."""
    with TcpForwarder(_listener(host.namespace, port), ("127.0.0.1", to or port)) as forwarder:
        yield forwarder


def _listener(namespace: str, port: int) -> socket.socket:
    """A socket that listens in a network namespace: a thread goes there, and what it opens stays there."""
    made: list[socket.socket] = []

    def make() -> None:
        with Path(f"/run/netns/{namespace}").open("rb") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        made.append(socket.create_server(("127.0.0.1", port)))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  loopback
            return bool(answer.status == 200)
    except OSError:
        return False
