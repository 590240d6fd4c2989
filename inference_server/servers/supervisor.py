"""Watches over the workers: starts them, replaces the dead and the stuck, gives up if they cannot start, stops them."""

from __future__ import annotations

import contextlib
import logging
import selectors
import signal
import time
from typing import TYPE_CHECKING

from inference_server.errors import EXIT_START_FAILURE, StartupError
from inference_server.servers.worker_process import WorkerProcess

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from inference_server.metrics import MetricsBoard
    from inference_server.settings import Settings

__all__ = ["Supervisor", "backoff", "describe_exit"]

_log = logging.getLogger("azmlinfsrv")

_LOOK_S = 0.5
"""How often the signs of life are looked at; what workers say is heard at once."""

_STABLE_S = 60.0
"""A worker that was ready for so long had no trouble starting: the count of its failures begins anew."""

_LONGEST_BACKOFF_S = 30.0
_STOP_AFTER_FAILURE_S = 1.0
_STOP_LOOK_S = 0.05

_OVERDUE = "Worker with pid %s: run() is %.1f s past its deadline, in code that cannot be interrupted. It is replaced."
_MUTE = "Worker with pid %s has given no sign of life for %.1f s: code of the script holds the GIL. It is replaced."


def backoff(failures: int) -> float:
    """Seconds to wait before the next worker after so many ended in a row: none at first, then more and more."""
    return 0.0 if failures <= 1 else min(_LONGEST_BACKOFF_S, 0.5 * 2.0 ** (failures - 2))


class _Place:
    """One of the worker places: its worker, if one is there now, and its history."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.worker: WorkerProcess | None = None
        self.was_ready = False
        self.failures = 0
        self.start_at = 0.0

    def has_failed(self, now: float) -> float:
        """Count a worker that ended or could not start; return the seconds until the next one is due."""
        worker = self.worker
        stable = worker is not None and worker.ready_since is not None and now - worker.ready_since > _STABLE_S
        self.failures = 1 if stable else self.failures + 1
        delay = backoff(self.failures)
        self.start_at = now + delay
        return delay


class Supervisor:
    """One master's workers.

    Args:
        settings: of the server.
        listeners: sockets that listen; every worker accepts from them. They are closed when a stop begins.
        board: a slot for each worker.
        wake: becomes readable when `stop_asked` may have changed.
        stop_asked: 0 to go on, 1 to stop within the grace, more to stop at once.
    """

    def __init__(
        self,
        settings: Settings,
        listeners: list[socket.socket],
        board: MetricsBoard,
        *,
        wake: socket.socket,
        stop_asked: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._listeners = listeners
        self._board = board
        self._wake = wake
        self._stop_asked = stop_asked
        self._places = [_Place(index) for index in range(settings.worker_count)]
        self._selector = selectors.DefaultSelector()
        self._selector.register(wake, selectors.EVENT_READ)

    def run(self) -> None:
        """Run workers until told to stop, then stop them.

        Raises:
            StartupError: a worker could not start for the first time; the others have been stopped.
        """
        try:
            while not self._stop_asked():
                for place in self._places:
                    self._look_after(place, time.monotonic())
                self._have_one_accept()
                self._hear(self._until_next_look())
        except StartupError:
            self._stop(within=_STOP_AFTER_FAILURE_S)
            raise
        else:
            self._stop(within=self._settings.grace)
        finally:
            self._selector.close()

    def _workers(self) -> list[WorkerProcess]:
        return [place.worker for place in self._places if place.worker is not None]

    def _look_after(self, place: _Place, now: float) -> None:
        worker = place.worker
        if worker is None:
            if now >= place.start_at:
                self._start(place)
        elif worker.exit_code is not None:
            self._replace_ended(place, worker, now)
        elif worker.failure is not None:
            self._replace_failed(place, worker, now)
        elif worker.ready_since is not None:
            place.was_ready = True
            self._kill_if_stuck(worker)

    def _start(self, place: _Place) -> None:
        place.worker = WorkerProcess(self._settings, self._listeners, self._board.handle, place.index)
        self._selector.register(place.worker.control, selectors.EVENT_READ, place.worker)

    def _replace_ended(self, place: _Place, worker: WorkerProcess, now: float) -> None:
        worker.listen()  # its last words, if it had time for some
        how = describe_exit(worker.exit_code or 0)
        if not (place.was_ready or worker.ready_since):
            raise _startup_error(worker, f"A worker {how} before init() was done. The lines above may tell why.")
        place.was_ready = True
        delay = place.has_failed(now)
        _log.error("Worker with pid %s %s. Another one starts %s.", worker.pid, how, _when(delay))
        self._remove(place, worker)

    def _replace_failed(self, place: _Place, worker: WorkerProcess, now: float) -> None:
        """A worker that could not start stays, to tell health probes why, until the next one is due."""
        if not place.was_ready:
            raise _startup_error(worker, "")
        if not worker.failure_counted:
            worker.failure_counted = True
            _log.error(
                "Worker with pid %s could not start. Another one starts %s.", worker.pid, _when(place.has_failed(now))
            )
        elif now >= place.start_at:
            worker.kill()
            worker.wait(_STOP_AFTER_FAILURE_S)
            self._remove(place, worker)

    def _remove(self, place: _Place, worker: WorkerProcess) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(worker.control)
        worker.close()
        place.worker = None
        self._board.slot(place.index).reset("the worker has ended, and another one is to start")

    def _kill_if_stuck(self, worker: WorkerProcess) -> None:
        limit = self._settings.worker_timeout
        if not limit:
            return
        slot = self._board.slot(worker.slot_index)
        mute, overdue = worker.mute_for(slot), slot.state.overdue_seconds
        if overdue > limit:
            worker.kill()
            _log.error(_OVERDUE, worker.pid, overdue)
        elif mute > limit:
            worker.kill()
            _log.error(_MUTE, worker.pid, mute)

    def _have_one_accept(self) -> None:
        """Somebody has to answer health probes; a worker that is ready is better than one that only starts."""
        workers = self._workers()
        if workers and not any(worker.accepting for worker in workers):
            min(workers, key=lambda worker: worker.failure is not None).accept()

    def _until_next_look(self) -> float:
        now = time.monotonic()
        return min([_LOOK_S, *(max(0.0, place.start_at - now) for place in self._places if place.worker is None)])

    def _hear(self, timeout: float) -> None:
        """Wait for news: of a worker, or of a signal."""
        for key, _ in self._selector.select(timeout):
            worker = key.data
            if worker is None:
                self._wake.recv(64)
            elif not worker.listen():
                self._selector.unregister(key.fileobj)
                worker.wait(_LOOK_S)  # it has closed its end, so it is about to end

    def _stop(self, *, within: float) -> None:
        """Let the workers finish what is under way, for at most `within` seconds; then none is left."""
        deadline = time.monotonic() + within
        for listener in self._listeners:
            listener.close()
        for worker in self._workers():
            worker.stop()
        while self._stop_asked() <= 1 and any(worker.exit_code is None for worker in self._workers()):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self._hear(min(left, _STOP_LOOK_S))
        for worker in self._workers():
            worker.kill()
            worker.wait(_LOOK_S)
            worker.close()


def describe_exit(code: int) -> str:
    """What happened to a process, as the middle of a sentence."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return f"was killed by signal {name}" + (" (out of memory?)" if name == "SIGKILL" else "")


def _when(delay: float) -> str:
    return f"in {delay:g} s" if delay else "now"


def _startup_error(worker: WorkerProcess, otherwise: str) -> StartupError:
    failure = worker.failure or {"message": otherwise, "exit_code": EXIT_START_FAILURE}
    error = StartupError(failure["message"])
    error.exit_code = failure["exit_code"]
    return error
