"""What both ways through the server say around an answer: ids, common headers, health, the path in the log."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from inference_server import request_ids
from inference_server.metrics import Phase

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from inference_server.engine import ScoringEngine
    from inference_server.request_ids import RequestIds

__all__ = [
    "CUT_SHORT",
    "development_headers",
    "health",
    "ids_of",
    "is_local",
    "is_probe",
    "logged_path",
    "new_id",
    "observe",
    "trace_headers",
    "version_headers",
]

CUT_SHORT = "The request body is shorter than its Content-Length."

_LAST_STATUS = 599
_PROBES = frozenset({"/", "/livez", "/readyz", "/metrics"})
_LOOPBACK = ("127.", "::ffff:127.")
_MOST_OF_A_REASON = 200

_logger = logging.getLogger("azmlinfsrv")


def health(engine: ScoringEngine, environ: WSGIEnvironment) -> tuple[int, str]:
    """Status and body of ``/``. Under ``--strict`` it waits for ``init()``, as azmlinfsrv's does."""
    if engine.settings.strict:
        engine.wait_settled()
    if engine.phase is Phase.READY:
        return 200, "Healthy"
    return 503, f"{engine.phase.value}: {engine.reason(local=is_local(environ))}"


def ids_of(environ: WSGIEnvironment) -> RequestIds:
    """The ids of a request; warns of a client that still sends the deprecated header."""
    get = environ.get
    ids = request_ids.resolve(
        get("HTTP_X_REQUEST_ID"), get("HTTP_X_MS_REQUEST_ID"), get("HTTP_X_MS_CLIENT_REQUEST_ID"), new_id
    )
    if ids.used_legacy_header:
        _logger.warning(
            "x-ms-request-id header has been deprecated and will be removed from future versions of the server."
            " Please use x-ms-client-request-id."
        )
    return ids


def new_id() -> str:
    """A random UUID of version 4. Ten times as fast as ``uuid.uuid4()``, whose system call each time is most of it."""
    try:
        digits = _randomness.pop()
    except IndexError:
        fresh = os.urandom(16 * 256).hex()
        _randomness.extend(fresh[start : start + 32] for start in range(32, len(fresh), 32))
        digits = fresh[:32]
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


_randomness: list[str] = []  # hexadecimal digits of 16 bytes each
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_randomness.clear)  # two processes must not give out the same ids


def version_headers(engine: ScoringEngine) -> list[tuple[str, str]]:
    """``x-ms-server-version``, unless SERVER_VERSION_LOG_RESPONSE_ENABLED switches it off."""
    version = engine.settings.server_version
    return [("x-ms-server-version", version)] if version else []


def trace_headers(environ: WSGIEnvironment) -> list[tuple[str, str]]:
    """``TraceId``, which some clients send, echoed."""
    trace_id = environ.get("HTTP_TRACEID")
    return [] if trace_id is None else [("TraceId", trace_id)]


def development_headers(engine: ScoringEngine) -> list[tuple[str, str]]:
    """How the live updates went; in development only."""
    if not engine.settings.dev:
        return []
    headers = [("x-devkit-generation", str(engine.generation))]
    if engine.reload_error:
        headers.append(("x-devkit-reload-error", _one_line(engine.reload_error)))
    return headers


def is_probe(path: str) -> bool:
    """Whether a request for `path` asks the server about itself; such are neither logged nor counted."""
    return path in _PROBES


def is_local(environ: WSGIEnvironment) -> bool:
    """Whether the client is on this machine and not behind a proxy on it."""
    address = environ.get("REMOTE_ADDR") or ""
    return (address == "::1" or address.startswith(_LOOPBACK)) and "HTTP_X_FORWARDED_FOR" not in environ


def observe(  # noqa: PLR0913  what there is to say about an exchange
    engine: ScoringEngine, environ: WSGIEnvironment, status: int, seconds: float, length: int | str, *, logged: bool
) -> None:
    """Count a request and write its line; `length` is in bytes, or ``N/A`` for a stream."""
    engine.slot.leave(min(status, _LAST_STATUS), seconds)
    if logged:
        path = logged_path(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        engine.access_log.write(environ["REQUEST_METHOD"], path, status, seconds * 1000, length)


def logged_path(path: str, query: str) -> str:
    """The path as it stands in the log.

    Args:
        path: as WSGI has it, bytes decoded as Latin-1.
        query: likewise.
    """
    if path.startswith("//"):  # the application takes them for one
        path = "/" + path.lstrip("/")
    whole = f"{path}?{query}" if query else path
    return whole if whole.isascii() else whole.encode("latin-1", "replace").decode("utf-8", "replace")


def _one_line(text: str) -> str:
    """`text` as a header can carry it: its last line, which names the error, in ASCII."""
    lines = text.strip().splitlines()
    return lines[-1].encode("ascii", "backslashreplace").decode()[:_MOST_OF_A_REASON] if lines else ""
