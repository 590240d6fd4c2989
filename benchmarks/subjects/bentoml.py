"""BentoML: one worker."""

from __future__ import annotations

from benchmarks.subject import MODEL, PEER, Place, Subject


def _command(place: Place) -> tuple[str, ...]:
    serve = (str(place.bin / "bentoml"), "serve", "bentoml_service:Model")
    return (*serve, "--host", "127.0.0.1", "--port", str(place.port))


SUBJECT = Subject(
    "BentoML",
    PEER,
    _command,
    (MODEL, "bentoml_service.py"),
    ("bentoml==1.4.39",),
    env={"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": "{folder}/home"},
)
