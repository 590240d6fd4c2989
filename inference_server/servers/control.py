"""The socket between the master and one worker: what is said over it, and its end.

The first message is an `Assignment`, pickled; all others are JSON, one a line. Either side sees the other's death as
the end of the stream, however it died, which is why no process outlives its master.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import socket

    from inference_server.settings import Settings

__all__ = ["ACCEPT", "FAILED", "READY", "STOP", "Assignment", "Control"]

ACCEPT = "accept"
"""To a worker: accept connections, also while ``init()`` is still under way."""

STOP = "stop"
"""To a worker: finish the requests under way and end."""

READY = "ready"
"""From a worker: ``init()`` is done and connections are accepted."""

FAILED = "failed"
"""From a worker: ``init()`` failed. It stays, to tell health probes so, until it is stopped."""

_LENGTH = struct.Struct("!I")


class Assignment(NamedTuple):
    """All that a worker is told at its start; by socket, since a command line and an environment can be read."""

    settings: Settings
    listeners: tuple[int, ...]
    """Descriptors of sockets that listen."""
    board: int | str
    """The handle of the metrics board."""
    slot: int
    """The worker's place on the board, from 0."""


class Control:
    """One end of the socket. Sending to an end that is gone is no error: its death is noticed by reading."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""

    def fileno(self) -> int:
        """For selectors."""
        return self._connection.fileno()

    def assign(self, assignment: Assignment) -> None:
        """Send the first message."""
        payload = pickle.dumps(assignment)
        with contextlib.suppress(OSError):
            self._connection.sendall(_LENGTH.pack(len(payload)) + payload)

    def assigned(self) -> Assignment:
        """Receive the first message. Raises EOFError when the master is gone."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return Assignment(*pickle.loads(self._exactly(length)))  # noqa: S301  from the process that started this one

    def say(self, word: str, **more: Any) -> None:
        """Send a message."""
        with contextlib.suppress(OSError):
            self._connection.sendall(json.dumps({"word": word, **more}).encode() + b"\n")

    def heard(self) -> list[dict[str, Any]] | None:
        """The messages that have come, after waiting for at least some bytes; None when the other end is gone."""
        try:
            received = self._connection.recv(65_536)
        except OSError:
            return None
        if not received:
            return None
        *lines, self._rest = (self._rest + received).split(b"\n")
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """Close this end."""
        self._connection.close()

    def _exactly(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            piece = self._connection.recv(size - len(received))
            if not piece:
                raise EOFError
            received += piece
        return bytes(received)
