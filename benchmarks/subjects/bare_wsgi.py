"""A bare WSGI callable on granian with the thread setting of ours: the ceiling."""

from __future__ import annotations

import sys

from benchmarks.subject import CEILING, MODEL, Place, Subject
from inference_server.servers.granian_worker import CAPACITY, RUNTIME_BLOCKING_THREADS, RUNTIME_THREADS


def granian(place: Place, application: str) -> tuple[str, ...]:
    """Give granian's command for ``application`` with our server's own threads."""
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1"),
        *("--host", "127.0.0.1", "--port", str(place.port), "--workers", "1"),
        *("--blocking-threads", str(CAPACITY)),
        *("--runtime-threads", str(RUNTIME_THREADS)),
        *("--runtime-blocking-threads", str(RUNTIME_BLOCKING_THREADS), application),
    )


def _command(place: Place) -> tuple[str, ...]:
    return granian(place, "bare_wsgi:app")


SUBJECT = Subject("bare WSGI on granian", CEILING, _command, (MODEL, "bare_wsgi.py"))
