"""One worker process: the script and the HTTP runtime in front of it.

The main thread loads the script and calls ``init()``, as in Azure's server: libraries that insist on the main thread
(signal handlers, ``asyncio.get_event_loop()``) find it. Requests are answered in threads of the HTTP runtime, health
among them before ``init()`` is done. A third thread listens to the master, and shows it that the interpreter runs.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from inference_server import logs
from inference_server.errors import StartupError
from inference_server.metrics import MetricsBoard, Phase
from inference_server.script_process import script_process
from inference_server.servers.control import ACCEPT, FAILED, READY, STOP, Control
from inference_server.servers.granian_worker import GranianServer
from inference_server.servers.hosting import HostedScript

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference_server.metrics import MetricsSlot
    from inference_server.servers.control import Assignment
    from inference_server.servers.hosting import Hosted

__all__ = ["HEARTBEAT_S", "main"]

HEARTBEAT_S = 0.5

_FLUSH_S = 0.2
"""Of the grace, what is kept to write the last log lines."""


def main(descriptor: int) -> None:
    """Be the worker at the other end of the socket `descriptor`; does not return."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    control = Control(connection)
    try:
        assignment = control.assigned()
    except (EOFError, OSError):  # the master has died meanwhile
        sys.exit(0)
    board = MetricsBoard.attach(assignment.board)
    worker = _Worker(control, assignment.settings.grace, board.slot(assignment.slot))
    worker.obey_signals()
    with ExitStack() as process:
        worker.run(lambda: _listening(assignment, board, process))
    sys.exit(0)


def _listening(assignment: Assignment, board: MetricsBoard, process: ExitStack) -> tuple[Hosted, list[GranianServer]]:
    """Make what is served, and the servers for it, which do not accept yet. Raises StartupError."""
    process.enter_context(script_process(assignment.settings))
    hosted, slot = HostedScript(assignment.settings, board, assignment.slot), board.slot(assignment.slot)

    def count_refused() -> None:
        slot.enter()
        slot.leave(503, 0.0)

    return hosted, [GranianServer(each, hosted.wsgi, refused=count_refused) for each in assignment.listeners]


class _Worker:
    """What the main thread and the one that listens to the master share."""

    def __init__(self, control: Control, grace: float, slot: MetricsSlot) -> None:
        self._control = control
        self._grace = grace
        self._slot = slot
        self._hosted: Hosted | None = None
        self._servers: list[GranianServer] = []
        self._to_accept = False
        self._accept_lock = threading.Lock()
        self._settled = False
        self._told_to_stop = threading.Event()
        self._stopped = threading.Event()

    def obey_signals(self) -> None:
        """SIGTERM stops this worker. A Ctrl+C reaches the whole group: it is for the master, which passes it on."""
        signal.signal(signal.SIGTERM, lambda *_: self._told_to_stop.set())
        signal.signal(signal.SIGINT, lambda *_: None)

    def run(self, prepare: Callable[[], tuple[Hosted, list[GranianServer]]]) -> None:
        """Start, serve, and return when stopped and the requests under way are answered."""
        self._slot.begin()
        threading.Thread(target=self._listen, name="control", daemon=True).start()
        try:
            self._hosted, self._servers = prepare()
            self._accept(now=False)
            self._hosted.start()
        except StartupError as error:
            self._slot.set_phase(Phase.FAILED, str(error))
            self._control.say(FAILED, message=str(error), exit_code=error.exit_code)
        else:
            self._accept(now=True)
            self._control.say(READY)
        self._settled = True
        self._stopped.wait()
        if self._hosted is not None:
            self._hosted.close()

    def _accept(self, *, now: bool) -> None:
        """Accept connections `now`, or if the master has asked for it; once."""
        with self._accept_lock:
            self._to_accept = self._to_accept or now
            if self._to_accept and not self._told_to_stop.is_set() and not self._slot.accepting:
                for server in self._servers:
                    server.start()
                    self._slot.accepting = True

    def _listen(self) -> None:
        """Obey the master and show it a heartbeat; until it is gone, or says stop, or SIGTERM came."""
        while not self._told_to_stop.is_set():
            self._slot.beat(self._hosted.overdue() if self._hosted is not None else 0.0)
            if not select.select([self._control], [], [], HEARTBEAT_S)[0]:
                continue
            messages = self._control.heard()
            words = [STOP] if messages is None else [message["word"] for message in messages]
            if STOP in words:
                self._told_to_stop.set()
            elif ACCEPT in words:
                self._accept(now=True)
        self._stop()

    def _stop(self) -> None:
        """Let the requests under way finish, for as long as the grace lasts; then end the process, one way or other."""
        deadline = time.monotonic() + self._grace - _FLUSH_S
        with self._accept_lock:
            for server in self._servers:
                server.stop()
        for server in self._servers:
            server.wait_stopped(max(0.0, deadline - time.monotonic()))
        self._stopped.set()
        if self._settled:  # the main thread leaves now and takes this one with it; init() may never end
            time.sleep(max(0.0, deadline - time.monotonic()))
        logs.access_log().flush()
        logging.shutdown()
        os._exit(0)
