"""Whether a debugger is attached to an instance, process or container: told by a connection to its debug port."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["attached", "established"]

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_ESTABLISHED = "01"


def attached(port: int) -> bool:
    """Whether somebody is connected to the port now. False where the system does not let us look."""
    if sys.platform == "linux":
        return any(established(_lines(table), port) for table in _TABLES)
    return _attached_elsewhere(port)


def established(lines: Iterable[str], port: int) -> bool:
    """Whether a table in the form of /proc/net/tcp has a connection whose own end is the port."""
    wanted = f":{port:04X}"
    rows = (line.split() for line in lines)
    return any(row[1].endswith(wanted) and row[3] == _ESTABLISHED for row in rows if len(row) > 3)  # noqa: PLR2004  columns of the table


def _lines(table: Path) -> list[str]:
    try:
        return table.read_text(encoding="ascii").splitlines()
    except OSError:
        return []


def _attached_elsewhere(port: int) -> bool:
    import psutil

    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        return False
    return any(
        connection.status == psutil.CONN_ESTABLISHED and connection.laddr and connection.laddr.port == port
        for connection in connections
    )
