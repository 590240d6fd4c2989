"""A worker as the master sees it: a child process, the socket to it, and its signs of life."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from inference_server.servers.control import ACCEPT, FAILED, READY, STOP, Assignment, Control

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference_server.metrics import MetricsSlot
    from inference_server.settings import Settings

__all__ = ["WorkerProcess"]

_PAUSE_S = 5.0
"""A master that slept longer than this was stopped itself (a suspended container), and knows nothing of the worker."""


class WorkerProcess:
    """Starts a worker at once.

    Attributes:
        ready_since: on time.monotonic()'s scale, or None before ``init()`` is done.
        failure: what the worker said about a failed start (`message`, `exit_code`), or None.
        accepting: it was told to accept connections, or does so because it is ready.
    """

    def __init__(
        self, settings: Settings, listeners: Sequence[socket.socket], board: int | str, slot_index: int
    ) -> None:
        ours, theirs = socket.socketpair()
        descriptors = [theirs.fileno(), *(listener.fileno() for listener in listeners)]
        inherited = descriptors + ([board] if isinstance(board, int) else [])
        with theirs:
            self._process = _spawn(theirs.fileno(), inherited)
        self.control = Control(ours)
        self.control.assign(Assignment(settings, tuple(descriptors[1:]), board, slot_index))
        self.slot_index = slot_index
        self.ready_since: float | None = None
        self.failure: dict[str, Any] | None = None
        self.failure_counted = False
        self.accepting = False
        self._beat, self._beat_seen, self._looked = 0.0, time.monotonic(), time.monotonic()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._process.poll()

    def listen(self) -> bool:
        """Take in what the worker says; False when its end of the socket is closed."""
        messages = self.control.heard()
        for message in messages or ():
            if message["word"] == READY:
                self.ready_since, self.accepting = time.monotonic(), True
            elif message["word"] == FAILED:
                self.failure = message
        return messages is not None

    def accept(self) -> None:
        """Have it accept connections although it may not be ready."""
        self.accepting = True
        self.control.say(ACCEPT)

    def stop(self) -> None:
        """Ask it to finish the requests under way and to end."""
        self.control.say(STOP)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for its end; whether it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, timeout))
        return self.exit_code is not None

    def mute_for(self, slot: MetricsSlot) -> float:
        """Seconds since the last heartbeat, as this process has seen them pass."""
        now, beat = time.monotonic(), slot.state.heartbeat
        if beat != self._beat or now - self._looked > _PAUSE_S:
            self._beat, self._beat_seen = beat, now
        self._looked = now
        return now - self._beat_seen

    def close(self) -> None:
        """Close the socket to it, once it has ended."""
        self.control.close()


def _spawn(control: int, inherited: list[int]) -> subprocess.Popen[bytes]:
    for descriptor in inherited:
        os.set_inheritable(descriptor, True)
    command = [sys.executable, *_interpreter_flags(), "-c", _bootstrap(control)]
    if sys.platform == "win32":  # which inherits all inheritable handles, or none
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, close_fds=False)  # noqa: S603  our own interpreter
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=inherited)  # noqa: S603  our own interpreter


def _bootstrap(control: int) -> str:
    """The worker's first line. It finds this very package, and nothing that lies in the current folder by chance."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120  the master has no pathlib
    return (
        f"import sys; sys.path[:] = [each for each in sys.path if each] + [{root!r}]; "
        f"from inference_server.servers.worker import main; main({control})"
    )


def _interpreter_flags() -> list[str]:
    """-X, -W and the like, as multiprocessing hands them on."""
    return subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001  no public way
