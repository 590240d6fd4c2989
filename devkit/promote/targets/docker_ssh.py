"""A Docker engine by ssh: each connection is an ssh whose other end is `docker system dial-stdio`.

The machine's own ssh is used, with its configuration, agent and known hosts. The SDK's way by ssh would want paramiko,
and hands out pipes in the place of sockets: no timeout would hold.
"""

from __future__ import annotations

import socket
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import urllib3.connection
from docker.transport.basehttpadapter import BaseHTTPAdapter

from devkit.promote.targets.docker_client import client_over

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["client_by_ssh", "ssh_command", "ssh_refusal"]

_CONNECTIONS: Final = 10
_ASK_S: Final = 30


def ssh_command(url: str, *options: str) -> list[str]:
    """The ssh that reaches the host of ``ssh://USER@HOST:PORT``; a remote command may follow. It never asks anybody."""
    parts = urlsplit(url)
    command = ["ssh", "-o", "BatchMode=yes", *options]
    command += ["-l", parts.username] if parts.username else []
    command += ["-p", str(parts.port)] if parts.port else []
    return [*command, "--", parts.hostname or ""]


def client_by_ssh(url: str, timeout: int) -> DockerClient:
    """A client of the host's engine, whose version is known.

    Args:
        url: ``ssh://USER@HOST:PORT``.
        timeout: in seconds, for each answer.

    Raises:
        OSError: there is no ssh on this machine.
        requests.RequestException: the host or its engine does not answer.
    """
    return client_over(_Adapter(url, timeout), timeout)


def ssh_refusal(url: str) -> str:
    """What ssh, or the docker command behind it, has against it; empty where it has nothing."""
    command = [*ssh_command(url), "docker", "system", "dial-stdio"]
    try:
        asked = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_ASK_S, check=False)  # noqa: S603  the user's own address
    except subprocess.TimeoutExpired:
        return f"no answer in {_ASK_S} s"
    except OSError as error:
        return str(error)
    return asked.stderr.decode(errors="replace").strip() if asked.returncode else ""


class _Adapter(BaseHTTPAdapter):
    def __init__(self, url: str, timeout: float) -> None:
        self._pool = _Pool(url, timeout)
        super().__init__()

    def get_connection(self, url: str | bytes, proxies: Any = None) -> _Pool:  # noqa: ARG002  requests' signature
        return self._pool

    def request_url(self, request: Any, proxies: Any) -> str:  # noqa: ARG002  requests' signature
        return str(request.path_url)

    def close(self) -> None:
        self._pool.close()
        super().close()


class _Pool(urllib3.HTTPConnectionPool):
    def __init__(self, url: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout, maxsize=_CONNECTIONS)
        self._url = url
        self._timeout = timeout

    def _new_conn(self) -> Any:  # urllib3's own connections do not fit its protocol of them
        return _Connection(self._url, self._timeout)


class _Connection(urllib3.connection.HTTPConnection):
    """One ssh. It ends when its socket is closed, and so with this process, however that ends."""

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._command = [*ssh_command(url), "docker", "system", "dial-stdio"]
        self._timeout = timeout

    def connect(self) -> None:
        near, far = socket.socketpair()
        with far:
            try:
                process = subprocess.Popen(  # noqa: S603  the user's own address
                    self._command,
                    stdin=far.fileno(),
                    stdout=far.fileno(),
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl+C is for the promoter, which may need the way once more
                )
            except BaseException:
                near.close()
                raise
        threading.Thread(target=process.wait, daemon=True).start()  # reaps it
        near.settimeout(self._timeout)
        self.sock = near
