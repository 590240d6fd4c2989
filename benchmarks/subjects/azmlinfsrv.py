"""Azure ML's own server, which the others are measured against."""

from __future__ import annotations

from benchmarks.subject import PEER, Place, Subject


def _command(place: Place) -> tuple[str, ...]:
    return (str(place.bin / "azmlinfsrv"), "--entry_script", "score.py", "--port", str(place.port))


SUBJECT = Subject("azmlinfsrv", PEER, _command, ("score.py",), ("azureml-inference-server-http==1.5.1",))
