"""Flask on granian: what a hand-written Flask application would give."""

from __future__ import annotations

from benchmarks.subject import CEILING, MODEL, Place, Subject
from benchmarks.subjects.bare_wsgi import granian


def _command(place: Place) -> tuple[str, ...]:
    return granian(place, "bare_flask:app")


SUBJECT = Subject("Flask on granian", CEILING, _command, (MODEL, "bare_flask.py"))
