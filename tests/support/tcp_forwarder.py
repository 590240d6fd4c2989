"""A way by TCP that can be cut: at once, or when so many bytes have passed."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["TcpForwarder"]

_PIECE = 1 << 16


class TcpForwarder:
    """Hands what comes at `listener` on to `target`.

    Args:
        listener: listens already; closed at the end.
        target: host and port.
        cut_after: when so many bytes have gone to the target, every connection is cut and no other taken.
    """

    def __init__(self, listener: socket.socket, target: tuple[str, int], cut_after: int | None = None) -> None:
        self._listener = listener
        self._target = target
        self._left = cut_after
        self._lock = threading.Lock()
        self._open = [listener]
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    @property
    def port(self) -> int:
        """At which it listens."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()
        for thread in self._threads:
            thread.join(timeout=30)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the end of listening
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target, 30)
                far.settimeout(None)
                self._open += [near, far]
                self._run(self._copy, near, far, True)
                self._run(self._copy, far, near, False)

    def _copy(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                if counted and self._is_spent(len(data)):
                    self._hang_up()
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def _is_spent(self, size: int) -> bool:
        with self._lock:
            if self._left is None:
                return False
            self._left -= size
            return self._left < 0

    def _hang_up(self) -> None:
        """Wake who waits in a socket, and reset what is connected: a shutdown alone would leave a sender waiting."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _run(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # a method
        self._threads.append(thread)
        thread.start()
