"""``infsrv`` without ``--dev``: a master that binds the port and watches over worker processes.

The master imports neither Flask nor granian nor the script: it stays small, and nothing that a script does reaches it.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from typing import TYPE_CHECKING

from inference_server.metrics import MetricsBoard
from inference_server.servers import sockets
from inference_server.servers.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from inference_server.settings import Settings

__all__ = ["serve"]

_DESCRIPTORS = 65_536
_INTERRUPTED = 130


def serve(settings: Settings) -> int:
    """Serve until a signal ends it; return 0, or 130 when a second Ctrl+C cut the stop short.

    Raises:
        PortInUseError: somebody listens on the port already.
        StartupError: the script cannot start, or the address cannot be listened on.
    """
    listeners = [sockets.bind(settings.host, settings.port)]
    if settings.health_port is not None:
        listeners.append(sockets.bind(settings.host, settings.health_port, flag="--health_port"))
    for listener in listeners:
        listener.setblocking(False)  # as the workers' runtime wants it; the flag is shared with them
    _raise_descriptor_limit()
    board = MetricsBoard.create(settings.worker_count)
    with _stop_signals() as stop:
        sys.stdout.write(f"Listening on {', '.join(sockets.url(listener) for listener in listeners)}\n")
        sys.stdout.flush()
        Supervisor(settings, listeners, board, wake=stop.wake, stop_asked=lambda: stop.asked).run()
    return _INTERRUPTED if stop.asked > 1 else 0


class _Stop:
    """Counts how often the server was told to stop, and wakes the master each time."""

    def __init__(self) -> None:
        self.asked = 0
        self.wake, self._waker = socket.socketpair()
        self._waker.setblocking(False)

    def on_signal(self, number: int, _: FrameType | None) -> None:
        """Ask once for any number of SIGTERM, and once more for every further Ctrl+C."""
        self.asked = self.asked + 1 if number == signal.SIGINT else max(1, self.asked)
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def close(self) -> None:
        """Close both ends."""
        self.wake.close()
        self._waker.close()


@contextlib.contextmanager
def _stop_signals() -> Iterator[_Stop]:
    stop = _Stop()
    names = ("SIGINT", "SIGTERM", "SIGBREAK")  # SIGBREAK is Ctrl+Break, on Windows only
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, stop.on_signal) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.close()


def _raise_descriptor_limit() -> None:
    """Allow many connections: a usual limit of 1024 descriptors is met by 1,000 idle ones. Workers inherit it."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
