"""The listening socket: bound at once or refused at once, with the name of the process that holds the port."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference_server.errors import PortInUseError, StartupError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BACKLOG", "PortHolder", "adopt", "bind", "find_holder", "is_loopback", "url"]

BACKLOG = 1024
"""Connections that the kernel keeps while nobody accepts; Linux cuts it to net.core.somaxconn (4096 since 5.4)."""

_REACHED_BY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not bound
_TCP_LISTEN = "0A"  # include/net/tcp_states.h of Linux, as /proc/net/tcp prints it


@dataclass(frozen=True)
class PortHolder:
    """The process that listens on a port."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command})" if self.command else f"process {self.pid}"


def bind(host: str, port: int, *, flag: str = "--port") -> socket.socket:
    """Bind and listen on ``host``:``port`` (0 = any free port), without SO_REUSEPORT, so that nobody shares it unseen.

    Args:
        host: a name or an address, IPv4 or IPv6.
        port: 0 to 65535.
        flag: the flag that the message tells the user to change.

    Raises:
        PortInUseError: somebody listens there; the message names the process where the system tells.
        StartupError: the address is not of this machine, or the port needs rights.
    """
    family, address = _resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        _own_the_address(listener)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _explain(error, host, port, flag) from None
    return listener


def adopt(descriptor: int) -> socket.socket:
    """Take over a listening socket that another program image of this process left open."""
    listener = socket.socket(fileno=descriptor)
    listener.set_inheritable(False)
    return listener


def url(listener: socket.socket) -> str:
    """Return the address that a client on this machine types, also where the socket listens on every interface."""
    host, port = listener.getsockname()[:2]
    shown = _REACHED_BY.get(host) or str(host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def is_loopback(host: str) -> bool:
    """Tell whether only programs of this machine reach ``host``."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def find_holder(port: int) -> PortHolder | None:
    """Find who listens on ``port``; None where the system does not tell (not Linux, or another user's process)."""
    if not sys.platform.startswith("linux"):
        return None
    inodes = set(_listening_inodes(port))
    return next(_holders(inodes), None) if inodes else None


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise StartupError(
            f"Cannot listen on {host}: {error}. Use 127.0.0.1, 0.0.0.0 or a name of this machine."
        ) from None
    family, _, _, _, address = found[0]
    return family, address  # type: ignore[return-value]  # typeshed: the bytes form is for AF_BLUETOOTH and the like


def _own_the_address(listener: socket.socket) -> None:
    if sys.platform == "win32":  # there SO_REUSEADDR would let a second server steal the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:  # here it only skips the wait for connections of a server that has ended
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def _explain(error: OSError, host: str, port: int, flag: str) -> StartupError:
    if error.errno == errno.EADDRINUSE:
        holder = find_holder(port)
        by_whom = f"by {holder}" if holder else "by another process"
        remedy = f"Stop it (kill {holder.pid})" if holder else "Stop it"
        return PortInUseError(f"Port {port} is in use {by_whom}. {remedy}, or choose another port with {flag}.")
    if error.errno == errno.EACCES:
        return StartupError(f"Port {port} needs rights that this user lacks. Choose one above 1023 with {flag}.")
    return StartupError(
        f"Cannot listen on {host}:{port}: {error.strerror}. Use 127.0.0.1 or an address of this machine."
    )


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            _, local, _, state, *rest = row.split()
            if state == _TCP_LISTEN and int(local.rpartition(":")[2], 16) == port:
                yield rest[5]


def _holders(inodes: set[str]) -> Iterator[PortHolder]:
    targets = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and targets & set(_open_sockets(process)):
            yield PortHolder(int(process.name), _command(process))


def _open_sockets(process: Path) -> Iterator[str]:
    try:
        descriptors = list((process / "fd").iterdir())
    except OSError:  # ended meanwhile, or another user's
        return
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            yield str(descriptor.readlink())


def _command(process: Path) -> str:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return b" ".join(words).decode(errors="replace").strip()
