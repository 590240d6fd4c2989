"""Answer a service's requests through the two WSGI applications, without a socket.

    python -m tests.contract.in_process SERVICE [--strict]      # in the service's folder

It prints one JSON object: the answers of Flask alone and those of the fast path with Flask behind it. It is a process
of its own because a script changes its process: modules, paths, variables, logging, print.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference_server.app import create_app
from inference_server.engine import ScoringEngine
from inference_server.fast_path import create_wsgi
from inference_server.settings import load
from tests.contract.exchange import normalised
from tests.contract.services import SERVICES
from tests.support.wsgi import ask

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def main(name: str, flags: list[str]) -> int:
    """Start the engine once, and ask both applications everything that needs no real server."""
    service = next(each for each in SERVICES if each.name == name)
    flags = ["--entry_script", "score.py", *flags, *service.flags]
    engine = ScoringEngine(load(flags, os.environ, Path.cwd()).settings)
    engine.start()
    applications: dict[str, WSGIApplication] = {"flask": create_app(engine), "fast": create_wsgi(engine)}
    asked = [request for request in service.requests if request.in_process]
    answers: dict[str, dict[str, Any]] = {
        path: {request.name: normalised(ask(application, request)) for request in asked}
        for path, application in applications.items()
    }
    sys.stdout.write("\n" + json.dumps(answers) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
