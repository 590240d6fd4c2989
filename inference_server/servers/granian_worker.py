"""The only module that touches granian's private classes; pyproject.toml bounds granian's version for its sake.

granian's own server (2.8.7, read and tried 2026-11-21) restarts a worker that cannot start for ever, shares its port
with any other server through SO_REUSEPORT, and does not end when its parent is killed. Its HTTP runtime, written in
Rust, has none of these faults: this module runs that runtime on a socket that is already bound.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from inference_server.servers.sockets import BACKLOG
from inference_server.streaming import StreamCut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import WSGIApplication

__all__ = ["CAPACITY", "RESERVED_THREADS", "RUNTIME_BLOCKING_THREADS", "RUNTIME_THREADS", "GranianServer"]

_log = logging.getLogger("azmlinfsrv")

CAPACITY: Final = 256
"""Requests under way at a time in one worker: threads are made when needed and end when idle. A request whose body is
still arriving, one that waits for its turn to run(), and one that streams its answer each hold a thread."""

RESERVED_THREADS: Final = 16
"""Of these, the ones that only health and metrics may take, and the refusal of what is over capacity."""

_CONNECTIONS: Final = 65_536
"""granian's `backpressure` counts open connections, idle ones too; the descriptors are a tighter limit than this."""

_IDLE_MS: Final = 30_000
"""How long a connection may take to send its request's headers, and how long it may be idle between requests."""

_THREAD_IDLE_S: Final = 30
RUNTIME_THREADS: Final = 1
RUNTIME_BLOCKING_THREADS: Final = 1
"""What they do needs the interpreter's lock, so that a second one only competes for it: with 8 the server answered
14,000 requests a second, with 1 it answers 22,000 (8 connections, 2 cores, 2026-11-21)."""

_HEALTH_PATHS: Final = frozenset({"/", "/livez", "/readyz", "/metrics"})

_OVER_CAPACITY_BODY: Final = b'{"message": "The server has as many requests under way as it can hold. Try again."}'
_OVER_CAPACITY_HEADERS: Final = [("Content-Type", "application/json"), ("Retry-After", "1")]
_FAILED_HEADERS: Final = [("Content-Type", "application/json")]
_FAILED_BODY: Final = b'{"message": "An unexpected internal error occurred. Check the logs for more info."}'


class GranianServer:
    """Answers HTTP/1.1 on a listening socket with a WSGI application, in threads of granian's.

    Args:
        listener: descriptor of a socket that listens; it is owned, and closed on `stop`.
        application: called in up to `CAPACITY` threads at a time.
        refused: told of every request that was answered 503 for lack of a thread.
    """

    def __init__(
        self, listener: int, application: WSGIApplication, *, refused: Callable[[], None] = lambda: None
    ) -> None:
        self._granian = _import_granian()
        self._listener = listener
        self._callback = _gateway(application, refused, under_way=[])
        self._signal: Any = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Accept connections from now on; returns at once."""
        logging.getLogger("_granian").setLevel(logging.WARNING)  # not a line for every start and stop of its runtime
        granian, self._signal = self._granian, self._granian.WorkerSignal()
        self._signal.add_cb(self._stopped.set)
        scheduler = granian.CallbackScheduler(_NoEventLoop(), self._callback, None, None, None)
        worker = granian.WSGIWorker(
            1,  # worker_id, for granian's own logs
            (None, granian.SocketHolder(self._listener, False, BACKLOG)),  # it listens anew, with this
            None,  # no pipe to granian's master
            threads=RUNTIME_THREADS,
            blocking_threads=RUNTIME_BLOCKING_THREADS,
            py_threads=CAPACITY,
            py_threads_idle_timeout=_THREAD_IDLE_S,
            backpressure=_CONNECTIONS,
            http_mode="1",
            http1_opts=_http1_settings(),
            metrics=(None, None),
        )
        worker.serve_str(scheduler, scheduler._loop, self._signal)  # noqa: SLF001  its own loop

    def stop(self) -> None:
        """Close the listener and idle connections; requests under way go on. Does not wait."""
        if self._signal is None:
            self._stopped.set()
        else:
            self._signal.set()

    def wait_stopped(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds until the requests that were under way at `stop` are answered."""
        return self._stopped.wait(timeout)


def _gateway(
    application: WSGIApplication, refused: Callable[[], None], under_way: list[None]
) -> Callable[[Any, dict[str, Any]], None]:
    """Make granian's callback: from its scope to a WSGI environ, from the application's answer to granian's response.

    granian has one of its own, which copies all environment variables into every request's environ. This one is a
    closure, not an object, because that is 2 of its 8 microseconds.
    """
    most = CAPACITY - RESERVED_THREADS
    constant = {
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": "infsrv",
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,  # a read ends with the body, whatever its framing
        "wsgi.multiprocess": False,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }

    def answer(protocol: Any, scope: dict[str, Any]) -> None:
        if len(under_way) >= most and scope["PATH_INFO"] not in _HEALTH_PATHS:
            refused()
            protocol.response_bytes(503, _OVER_CAPACITY_HEADERS, _OVER_CAPACITY_BODY)
            return
        status, headers = 0, list[tuple[str, str]]()

        def start_response(line: str, fields: list[tuple[str, str]], exc_info: object = None, /) -> Any:
            nonlocal status, headers
            del exc_info  # nothing is sent before the application returns: a second call always replaces the first
            status, headers = int(line[:3]), fields
            return _no_write

        under_way.append(None)
        try:
            pieces = application(constant | scope, start_response)
            if isinstance(pieces, list):
                protocol.response_bytes(status, headers, pieces[0] if len(pieces) == 1 else b"".join(pieces))
            else:
                protocol.response_iter(status, headers, _Pieces(pieces))
        except BaseException:  # noqa: BLE001  even SystemExit: granian's threads are no place to leave a process
            _log.exception("The answer to %s %s could not be made", scope["REQUEST_METHOD"], scope["PATH_INFO"])
            protocol.response_bytes(500, _FAILED_HEADERS, _FAILED_BODY)
        finally:
            under_way.pop()

    return answer


class _Pieces:
    """The iterable of an application as granian wants it: an iterator with ``close``."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._iterator = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._iterator)
        except StreamCut:  # granian ends the answer either way, and would log this a second time
            raise StopIteration from None

    def close(self) -> None:
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


class _NoEventLoop:
    """granian's scheduler takes a reference to an event loop's method, which its WSGI runtime never calls."""

    def call_soon(self, *_: object) -> None:
        raise NotImplementedError


def _no_write(_: bytes) -> None:
    raise NotImplementedError("write() of WSGI is not supported: return or yield the body")


def _http1_settings() -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(
        header_read_timeout=_IDLE_MS, keep_alive=True, max_buffer_size=8192 + 4096 * 100, pipeline_flush=False
    )


def _import_granian() -> Any:
    """Import granian's extension module without the rest of the package.

    ``granian/__init__.py`` imports asyncio, ssl and multiprocessing: 45 of its 60 ms, and 8 MB, for classes that are
    not used here. The package itself is left unimported, so that a script that wants it gets it whole.
    """
    name = "granian"
    if name in sys.modules:
        return importlib.import_module("granian._granian")
    spec = importlib.util.find_spec(name)
    assert spec is not None  # noqa: S101  a dependency of ours
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[name] = package
    try:
        return importlib.import_module("granian._granian")
    finally:
        del sys.modules[name]
