"""``infsrv --dev``: one process, a thread a connection, live update, breakpoints.

The main thread waits for a verdict (stop, or restart in place) and does nothing else; connections are accepted before
``init()`` begins, so that health answers while a model loads.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from inference_server import debugging, logs, telemetry
from inference_server.debugging import DebugEndpoint
from inference_server.engine import ScoringEngine
from inference_server.errors import StartupError
from inference_server.fast_path import create_wsgi
from inference_server.live.updater import LiveUpdater
from inference_server.metrics import MetricsBoard
from inference_server.script_process import script_process
from inference_server.servers import INHERITED_SOCKETS, sockets
from inference_server.servers.threaded import ThreadedServer

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from inference_server.settings import Settings

__all__ = ["serve"]

_log = logging.getLogger("azmlinfsrv")

_GENERATION = "INFSRV_GENERATION"
"""The generation that a restart in place begins with: it is a live update too, and clients wait for its number."""

_NOTICE_SECONDS = 0.5
_POLL_SECONDS = 0.05
_RESTARTED_DEBUG_PATIENCE = 5.0
_INTERRUPTED = 130


def serve(settings: Settings) -> int:
    """Serve until a signal ends it, and return the exit code.

    Raises:
        PortInUseError: the HTTP port is busy.
        StartupError: the debug port is busy, debugpy is missing, or no editor listens at ``AZUREML_DEBUG_PORT``.
            A script that cannot start is no error here: it is told, and tried again on the next save.
    """
    restarted = INHERITED_SOCKETS in os.environ
    listeners = _adopt_listeners() or _bind_listeners(settings)
    try:
        with script_process(settings):
            endpoint = _start_debugger(settings, restarted=restarted)
            debugging.hide_own_frames()  # an editor that launched this process has loaded its debugger already
            return _DevelopmentServer(settings, listeners).run(endpoint)
    finally:
        for listener in listeners:
            listener.close()


class _Restart(NamedTuple):
    reason: str


class _Stop(NamedTuple):
    pass


class _DevelopmentServer:
    """The accepting threads, the start of the script, and the verdict that ends them."""

    def __init__(self, settings: Settings, listeners: list[socket.socket]) -> None:
        self._settings = settings
        self._listeners = listeners
        self._engine = ScoringEngine(
            settings,
            MetricsBoard.create(1),
            debugger_attached=debugging.suspends_timeouts,
            access_log=logs.access_log(),
        )
        self._engine.generation = int(os.environ.pop(_GENERATION, "0"))
        self._engine.on_script_error = debugging.hand_over
        telemetry.attach(self._engine)
        application = create_wsgi(self._engine)
        self._updater = LiveUpdater(
            _code_folder(settings),
            self._engine,
            restart=self.restart,
            debugger_attached=debugging.attached,
            say=_say,
            ignored=_folders_without_code(settings),
        )
        self._servers = [ThreadedServer(listener, application) for listener in listeners]
        self._verdicts: SimpleQueue[_Stop | _Restart] = SimpleQueue()
        self._signals = 0

    def run(self, endpoint: DebugEndpoint | None) -> int:
        """Serve until told to stop; a restart does not return."""
        self._obey_signals()
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="accept", daemon=True).start()
        watching = self._watch()
        self._announce(endpoint)
        threading.Thread(target=self._start_script, name="start", daemon=True).start()
        verdict = self._next_verdict()
        if watching:
            self._updater.stop()
        for server in self._servers:
            server.shutdown()
        self._await_requests()
        if isinstance(verdict, _Restart) and not self._signals:
            os.environ[_GENERATION] = str(self._engine.generation + 1)
            _replace_process(self._listeners)
        return 0

    def _watch(self) -> bool:
        if self._settings.strict or not self._settings.dev:  # azmlinfsrv keeps its script out of sys.modules
            return False
        try:
            self._updater.start()
        except (ImportError, OSError) as error:  # watchdog is missing, or the system's limit of watches is reached
            _log.warning("Live update is off, since the code folder cannot be watched: %s", error)
            return False
        return True

    def restart(self, reason: str) -> None:
        """Begin again in place, with the sockets kept open, so that no client is refused."""
        self._verdicts.put(_Restart(reason))

    def _obey_signals(self) -> None:
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # SIGBREAK is Ctrl+Break, on Windows only
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._signals += 1
        if self._signals > 1:  # asked twice: whatever holds the first stop back is not worth waiting for
            os._exit(_INTERRUPTED)
        self._verdicts.put(_Stop())

    def _announce(self, endpoint: DebugEndpoint | None) -> None:
        """Print the line that tasks and tests wait for: every port is bound when it appears."""
        debugger = f" (debugger on {endpoint})" if endpoint else ""
        addresses = ", ".join(sockets.url(listener) for listener in self._listeners)
        sys.stdout.write(f"Listening on {addresses}{debugger}\n")  # not a log record: no level hides it
        sys.stdout.flush()

    def _start_script(self) -> None:
        if self._settings.debug_wait:
            _log.info("Waiting for the editor before init()")
            debugging.wait_for_client()
        try:
            self._engine.start()
        except StartupError as error:
            _log.error("%s\nStill listening: save the script to try again.", error)

    def _next_verdict(self) -> _Stop | _Restart:
        """Wait in the main thread, where Python runs signal handlers."""
        # In turns, because a signal that comes just before a wait begins does not end the wait: its handler would run
        # at the next signal only. On Windows Ctrl+C does not end one either.
        while True:
            with contextlib.suppress(Empty):
                return self._verdicts.get(timeout=_NOTICE_SECONDS)

    def _await_requests(self) -> None:
        """Let the requests under way end, for at most --grace seconds; one held by a breakpoint is not waited for."""
        deadline = time.monotonic() + self._settings.grace
        while self._engine.gate.in_flight and time.monotonic() < deadline and not debugging.attached():
            time.sleep(_POLL_SECONDS)


def _say(line: str) -> None:
    """Print what happened to a saved change: the console is where the developer looks."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _code_folder(settings: Settings) -> str:
    script = settings.app_root / (settings.entry_script or "main.py")
    return str(Path(os.path.realpath(script)).parent)


def _folders_without_code(settings: Settings) -> frozenset[str]:
    """The model's folder, unless the code lies in it too."""
    model = os.path.realpath(settings.model_dir)
    return frozenset(() if f"{_code_folder(settings)}{os.sep}".startswith(f"{model}{os.sep}") else {model})


def _bind_listeners(settings: Settings) -> list[socket.socket]:
    listeners = [sockets.bind(settings.host, settings.port)]
    if settings.health_port is not None and settings.health_port != settings.port:
        try:
            listeners.append(sockets.bind(settings.host, settings.health_port, flag="--health_port"))
        except BaseException:
            listeners[0].close()
            raise
    return listeners


def _adopt_listeners() -> list[socket.socket]:
    """Take over the sockets of the image before a restart in place; none on a first start."""
    descriptors = os.environ.pop(INHERITED_SOCKETS, "")
    return [sockets.adopt(int(descriptor)) for descriptor in descriptors.split(",") if descriptor]


def _start_debugger(settings: Settings, *, restarted: bool) -> DebugEndpoint | None:
    if settings.debug_connect_port is not None:
        debugging.connect(DebugEndpoint("127.0.0.1", settings.debug_connect_port))
        return None
    if settings.debug is None:
        return None
    patience = _RESTARTED_DEBUG_PATIENCE if restarted else 0.0
    endpoint = debugging.listen(DebugEndpoint(*settings.debug), patience=patience)
    for line in debugging.advice(endpoint):
        _log.warning(line)
    return endpoint


def _replace_process(listeners: list[socket.socket]) -> NoReturn:
    """Start this command again in this process (a child process on Windows, which has no exec)."""
    arguments = _command_line()
    atexit._run_exitfuncs()  # noqa: SLF001  exec skips them, and buffered logs and the user's own clean-up live there
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform == "win32":
        for listener in listeners:
            listener.close()
        os._exit(subprocess.call(arguments))  # noqa: S603  our own command line again
    for listener in listeners:
        listener.set_inheritable(True)
    os.environ[INHERITED_SOCKETS] = ",".join(str(listener.fileno()) for listener in listeners)
    import posix

    # Not os.execv: debugpy replaces it, to debug the new image through an adapter that ends with this one.
    posix.execv(sys.executable, arguments)


def _command_line() -> list[str]:
    if "debugpy.server.cli" in sys.modules:  # launched by an editor that has left: the line is its debugger's
        return [sys.executable, "-m", "inference_server", *sys.argv[1:]]
    return [sys.executable, *sys.orig_argv[1:]]
