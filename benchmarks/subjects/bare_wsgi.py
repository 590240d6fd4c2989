"""A bare WSGI callable on granian with the thread setting of ours: the ceiling."""

from __future__ import annotations

import sys

from benchmarks.subject import CEILING, MODEL, Place, Subject

BLOCKING_THREADS = 8


def granian(place: Place, application: str) -> tuple[str, ...]:
    """Give granian's command for ``application`` with our server's own settings."""
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(place.port), "--workers", "1"),
        *("--blocking-threads", str(BLOCKING_THREADS), application),
    )


def _command(place: Place) -> tuple[str, ...]:
    return granian(place, "bare_wsgi:app")


SUBJECT = Subject("bare WSGI on granian", CEILING, _command, (MODEL, "bare_wsgi.py"))
