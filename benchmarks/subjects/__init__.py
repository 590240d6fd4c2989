"""Every subject of the bench, ours first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.subjects import azmlinfsrv, bare_flask, bare_wsgi, bentoml, litserve, mlserver, ours

if TYPE_CHECKING:
    from benchmarks.subject import Subject

__all__ = ["SUBJECTS"]

SUBJECTS: tuple[Subject, ...] = (
    ours.SUBJECT,
    azmlinfsrv.SUBJECT,
    litserve.SUBJECT,
    mlserver.SUBJECT,
    bentoml.SUBJECT,
    bare_flask.SUBJECT,
    bare_wsgi.SUBJECT,
)
