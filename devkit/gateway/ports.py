"""The endpoint's port: bound at once, or refused with the name of the process that holds it.

`inference_server.servers.sockets` does the same without psutil, for the server, whose users need not have it.
"""

from __future__ import annotations

import errno
import socket
import sys

import psutil

__all__ = ["PortTakenError", "bind"]

_BACKLOG = 1024


class PortTakenError(Exception):
    """The port cannot be had; `str(error)` says who has it and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """Listen on `host`:`port`; 0 is any free port.

    Raises:
        PortTakenError: somebody else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # there SO_REUSEADDR would let a second gateway steal the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # here it only skips the wait for connections of a gateway that has ended
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise PortTakenError(_explain(error, host, port)) from None
    return listener


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        holder = _holder(port)
        return f"Port {port} is in use by {holder or 'another process'}. End it, or give the endpoint another port."
    return f"Cannot listen on {host}:{port}: {error.strerror}."


def _holder(port: int) -> str | None:
    try:
        for connection in psutil.net_connections("tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and connection.laddr
                and connection.laddr[1] == port
                and connection.pid
            ):
                command = " ".join(psutil.Process(connection.pid).cmdline())
                return f"process {connection.pid} ({command})"
    except (psutil.Error, OSError):  # not told without rights, on macOS
        return None
    return None
