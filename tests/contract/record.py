"""Record what azmlinfsrv really answers, for the tests to compare with.

    python3 -m venv .bench/azmlinfsrv
    .bench/azmlinfsrv/bin/pip install azureml-inference-server-http==1.5.1 numpy pandas
    python -m tests.contract.record .bench/azmlinfsrv [--only NAME ...]

The venv's azmlinfsrv is started once for each service and each start of the corpus, on 127.0.0.1's free ports. The
answers go to ``tests/contract/recorded/``, one file a service, with the package versions and the date they came from.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.contract.exchange import ask
from tests.contract.model import RECORDED, Service, Start
from tests.contract.process import running, start_outcome
from tests.contract.services import SERVICES
from tests.contract.starts import STARTS

PACKAGES = (
    "azureml-inference-server-http",
    "Flask",
    "Werkzeug",
    "flask-cors",
    "gunicorn",
    "inference-schema",
    "numpy",
    "pandas",
    "pydantic",
)


def main(arguments: list[str] | None = None) -> int:
    """Record every service and start that ``--only`` names, or all."""
    parser = argparse.ArgumentParser(description="Record azmlinfsrv's answers to the corpus.")
    parser.add_argument("venv", type=Path, help="an environment with azureml-inference-server-http 1.5.1")
    parser.add_argument("--only", nargs="*", default=[], help="names of services, or 'starts'")
    options = parser.parse_args(arguments)
    command = (str(options.venv.resolve() / "bin" / "azmlinfsrv"),)
    source = _source(options.venv.resolve() / "bin" / "python")
    RECORDED.mkdir(exist_ok=True)
    for service in SERVICES:
        if not options.only or service.name in options.only:
            print("recording", service.name, flush=True)
            _write(service.name, {"source": source, **_recorded(command, service)})
    if not options.only or "starts" in options.only:
        _write("starts", {"source": source, "starts": {start.name: _started(command, start) for start in STARTS}})
    return 0


def _recorded(command: tuple[str, ...], service: Service) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as parent:
        with running(command, service, Path(parent)) as server:
            answers = {}
            for request in service.requests:
                answers[request.name] = ask(server.port, request)
                server.wait_ready()  # a worker that died is replaced first
        log = server.outcome(None).log
    return {"answers": answers, "log": _kept(command, log)}


def _started(command: tuple[str, ...], start: Start) -> dict[str, Any]:
    print("recording the start", start.name, flush=True)
    with tempfile.TemporaryDirectory() as parent:
        outcome = start_outcome(command, start, Path(parent))
    return {
        "exit": outcome.code,
        "stdout": _kept(command, outcome.stdout),
        "stderr": _kept(command, outcome.stderr),
    }


def _kept(command: tuple[str, ...], lines: list[str]) -> list[str]:
    """Drop the frames of tracebacks and gunicorn's own story, which no other server can tell."""
    venv = str(Path(command[0]).parents[1])
    return [
        line.replace(venv, "<venv>") for line in lines if line[:1] != " " and " I [<pid>] gunicorn.error - " not in line
    ]


def _source(python: Path) -> dict[str, str]:
    code = "import json, sys, importlib.metadata as m; print(json.dumps({p: m.version(p) for p in sys.argv[1:]}))"
    versions = json.loads(subprocess.check_output([python, "-c", code, *PACKAGES]))
    release = subprocess.check_output([python, "-V"], text=True).split()[1]
    recorded = dt.datetime.now(tz=dt.timezone.utc).date().isoformat()
    return {"recorded": recorded, "python": release, "platform": sys.platform, **versions}


def _write(name: str, value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=True)
    (RECORDED / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
