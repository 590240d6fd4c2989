"""LitServe: one worker, one API server."""

from __future__ import annotations

from benchmarks.subject import MODEL, PEER, Place, Subject


def _command(place: Place) -> tuple[str, ...]:
    return (str(place.bin / "python"), "litserve_app.py", str(place.port))


SUBJECT = Subject("LitServe", PEER, _command, (MODEL, "litserve_app.py"), ("litserve==0.2.19",))
