"""The server of this repository with its default settings: ids, log line, metrics, one run() at a time."""

from __future__ import annotations

import sys

from benchmarks.subject import OURS, Place, Subject


def _command(place: Place) -> tuple[str, ...]:
    return (sys.executable, "-m", "inference_server", "--entry_script", "score.py", "--port", str(place.port))


SUBJECT = Subject("infsrv", OURS, _command, ("score.py",))
