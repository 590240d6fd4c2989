"""A socket between a client and an engine, to be cut: the engine stops answering, and others can go on using it."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typing_extensions import Self

__all__ = ["Forwarder"]


class Forwarder:
    """Listens at `address` and hands everything on to `target`, both Unix sockets."""

    def __init__(self, address: Path, target: Path) -> None:
        self._address = address
        self._target = target
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.mend()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def mend(self) -> None:
        """Listen."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._address))
        listener.listen()
        self._open.append(listener)
        self._run(self._accept, listener)

    def cut(self) -> None:
        """Hang up every connection, and listen no more."""
        self._address.unlink(missing_ok=True)
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)
        for each in self._open:
            each.close()
        self._open, self._threads = [], []

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the end of listening
            while True:
                near, _ = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                self._open += [near, far]
                far.connect(str(self._target))
                self._run(_copy, near, far)
                self._run(_copy, far, near)

    def _run(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
