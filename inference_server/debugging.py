"""debugpy: listen for an editor or connect to one, tell whether it is attached, hand exceptions to it.

Nothing here runs unless it is asked for: on Python 3.11 and older the mere presence of the debugger makes pure-Python
code up to six times slower (debugpy 1.8.22, measured 2026-11-21; 3.12 brought sys.monitoring, which costs nothing).
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from inference_server.errors import PortInUseError, StartupError
from inference_server.servers import sockets

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "DebugEndpoint",
    "advice",
    "attached",
    "connect",
    "hand_over",
    "hide_own_frames",
    "listen",
    "suspends_timeouts",
    "wait_for_client",
]

_RETRY_SECONDS = 0.05


class DebugEndpoint(NamedTuple):
    """Where the debugger listens, or where the editor does."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def listen(endpoint: DebugEndpoint, *, patience: float = 0.0) -> DebugEndpoint:
    """Start debugpy's adapter on ``endpoint`` and return where it listens; port 0 is replaced by the one it got.

    Args:
        endpoint: where editors will attach.
        patience: seconds to wait for the port; after a restart in place the old adapter needs a moment to end.

    Raises:
        StartupError: debugpy is missing, or the port is busy.
    """
    debugpy = _import_debugpy("--debug")
    _await_free(endpoint, patience)
    try:
        host, port = debugpy.listen((endpoint.host, endpoint.port))
    except RuntimeError as error:
        raise StartupError(f"debugpy cannot listen on {endpoint}: {error}. Choose another port with --debug.") from None
    return DebugEndpoint(host, port)


def connect(endpoint: DebugEndpoint) -> None:
    """Connect to an editor that listens, as azmlinfsrv does for ``AZUREML_DEBUG_PORT``; wait for its breakpoints.

    Raises:
        StartupError: debugpy is missing, or nobody listens there.
    """
    debugpy = _import_debugpy("AZUREML_DEBUG_PORT")
    _expect_listener(endpoint)
    debugpy.connect((endpoint.host, endpoint.port))


def wait_for_client() -> None:
    """Block until an editor is attached and has sent its breakpoints; return at once when one is."""
    _import_debugpy("--wait").wait_for_client()


def attached() -> bool:
    """Tell whether an editor is attached now. Never imports debugpy: if nobody has, nobody is attached."""
    debugpy = sys.modules.get("debugpy")
    return debugpy is not None and bool(debugpy.is_client_connected())


def suspends_timeouts() -> bool:
    """Tell whether no time limit may fire now.

    While an editor is attached, since the time is the user's. Up to Python 3.11 while the debugger is loaded: there
    it traces every line, and the exception that interrupts ``run()`` can arrive within the tracing and leave its locks
    taken, which stops every thread of the process (seen with debugpy 1.8.22 on 3.11.7).
    """
    return "pydevd" in sys.modules if sys.version_info < (3, 12) else attached()


def hand_over(error: BaseException) -> None:
    """Let the attached editor stop on the line that raised ``error``, as if nobody had caught it.

    Call it in the ``except`` block, in the thread that caught it; it returns when the user continues. The editor's own
    filters decide ("Uncaught Exceptions" is on by default). debugpy before 1.8.22 cannot do this: then nothing happens.
    """
    trigger = getattr(sys.modules.get("debugpy"), "trigger_exception_handler", None)
    if trigger is not None and error.__traceback__ is not None and attached():
        trigger(error)


def hide_own_frames() -> None:
    """Count this package as library code, also in an editable install, so that justMyCode shows the user's frames.

    Does nothing where no debugger is loaded.
    """
    pydevd: ModuleType | None = sys.modules.get("pydevd")
    try:
        filtering = pydevd.get_global_debugger()._files_filtering  # type: ignore[union-attr]  # noqa: SLF001  no public way in 1.8.22
        filtering.set_library_roots([*filtering._get_library_roots(), str(Path(__file__).parent)])  # noqa: SLF001  as above
    except AttributeError:  # another version: the call stack shows a few frames more
        return


def advice(endpoint: DebugEndpoint) -> list[str]:
    """Return what the user should know about debugging on this Python and this address, a line each."""
    lines = []
    if sys.version_info < (3, 12):
        lines.append(
            f"On Python {sys.version_info.major}.{sys.version_info.minor} listening for a debugger makes pure-Python "
            "code up to 6 times slower and turns time limits off, attached or not; on 3.12 and later it does neither. "
            "Measure no latency here."
        )
    else:
        lines.append(
            "While a breakpoint holds a request, no other request is answered, health included (Python 3.12+)."
        )
    if not sockets.is_loopback(endpoint.host):
        lines.append(f"Whoever reaches {endpoint} can run code in this process: open it in containers only.")
    return lines


def _import_debugpy(what_for: str) -> Any:
    # Without this debugpy warns on Python 3.11+ about frozen modules, which have no bearing on a user's script.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        return importlib.import_module("debugpy")
    except ImportError as missing:
        raise StartupError(
            f"{what_for} needs debugpy, which cannot be imported here ({missing}). "
            f"Run: {sys.executable} -m pip install debugpy"
        ) from None


def _await_free(endpoint: DebugEndpoint, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            sockets.bind(endpoint.host, endpoint.port, flag="--debug").close()
        except PortInUseError as busy:
            if time.monotonic() < deadline:
                time.sleep(_RETRY_SECONDS)
                continue
            raise StartupError(str(busy)) from None  # a busy debug port is a failed start (3), not a usage error
        return


def _expect_listener(endpoint: DebugEndpoint) -> None:
    """Find out by binding: an adapter takes a mere connection for its program, and gives up when it is closed."""
    try:
        sockets.bind(endpoint.host, endpoint.port).close()
    except PortInUseError:
        return
    raise StartupError(
        f'AZUREML_DEBUG_PORT: no editor listens on {endpoint}. Start the attach configuration that has "listen" '
        "first, or use --dev --debug and let the editor connect here."
    )
