"""Ports of this machine for processes that are about to start: instances, and the gateway of a new endpoint."""

from __future__ import annotations

import random
import socket
import threading
import time

__all__ = ["PortChooser"]

_FIRST, _LAST = 20_000, 32_000
"""Below the ports that Linux and macOS give to outgoing connections, so that none of those takes one meanwhile."""
_RESERVED_S = 60.0
"""For how long a port is not given twice: longer than any process takes to bind it."""


class PortChooser:
    """Gives free ports of the loopback interface; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given: dict[int, float] = {}

    def choose(self) -> int:
        """A port that nobody listens on and that was not given just before.

        Raises:
            OSError: there is none.
        """
        with self._lock:
            now = time.monotonic()
            self._given = {port: when for port, when in self._given.items() if now - when < _RESERVED_S}
            first = random.randrange(_FIRST, _LAST)  # noqa: S311  not for secrecy: so that two choosers seldom meet
            candidates = (*range(first, _LAST), *range(_FIRST, first))
            port: int | None = next((each for each in candidates if each not in self._given and _is_free(each)), None)
            if port is None:
                raise OSError(f"No free port between {_FIRST} and {_LAST} on 127.0.0.1.")
            self._given[port] = now
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
