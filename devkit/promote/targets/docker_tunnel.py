"""A way to a port on the loopback interface of a host that is reached by ssh."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from typing import Final

from devkit.promote.targets.base import TargetError
from devkit.promote.targets.docker_ssh import ssh_command

__all__ = ["Tunnel"]

_PATIENCE_S: Final = 20.0
_POLL_S: Final = 0.1


class Tunnel:
    """`ssh -L`, by the machine's own ssh: its configuration, agent and known hosts count.

    Args:
        url: ``ssh://user@host:port``.
        port: on that host's loopback interface.

    Raises:
        TargetError: ssh ended, or nothing listens in time.
    """

    def __init__(self, url: str, port: int) -> None:
        self._port = _free_port()
        forward = f"127.0.0.1:{self._port}:127.0.0.1:{port}"
        command = ssh_command(url, "-N", "-o", "ExitOnForwardFailure=yes", "-L", forward)
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603
        self._await()

    @property
    def url(self) -> str:
        """Where the port is to be reached here."""
        return f"http://127.0.0.1:{self._port}"

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self._process.terminate()
        self._process.communicate()

    def _await(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                told = self._process.communicate()[1].decode(errors="replace").strip()
                raise TargetError(f"ssh did not open a way to the gateway: {told}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
                return
            time.sleep(_POLL_S)
        self.close()
        raise TargetError("ssh did not open a way to the gateway in time.")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
