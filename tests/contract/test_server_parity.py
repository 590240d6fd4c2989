"""The corpus asked of a real server in strict mode, over sockets, and every start that fails or prints."""

from __future__ import annotations

import difflib
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.comparison import ONLY_LIVE, UNREPRODUCED, differing, recorded_log
from tests.contract.exchange import ask
from tests.contract.model import RECORDED, Service, Start
from tests.contract.process import running, start_outcome
from tests.contract.services import SERVICES
from tests.contract.starts import STARTS

if TYPE_CHECKING:
    from pathlib import Path


pytest.importorskip("inference_schema")

STRICT = (sys.executable, "-m", "inference_server", "--strict")
SERVERS_LINES = re.compile(r"<time> . \[<pid>\] azmlinfsrv[\w.]* - ")
ITS_OWN_STORY = re.compile(
    "Loaded logging config from|Found extra keys|Starting up app insights client|Model directory is not set|"
    "Error while fetching model IDs|Encountered Exception|Script failed to finish|debuggability features"
)
"""Log lines that are told of its own installation and telemetry, or whose text is a traceback of its own frames."""

LOGS_DIFFER = frozenset({"results", "limits", "raw"})
"""Services with requests whose answer, or fate, is the HTTP server's own: so is the line about them."""

EXITS = {
    "port zero": "0 is any free port, in strict mode too: the parity tests themselves want it",
    "worker timeout not a number": "gunicorn's own usage error, exit 2",
    "worker count variable not a number": "a traceback of azmlinfsrv's command, exit 1",
    "module named as one of the server's": "our own folder is never on sys.path",
    "help": "exits 0: argparse has printed the help before any other flag is known",
    "help wins": "exits 0: argparse has printed the help before any other flag is known",
}
"""Starts that end otherwise than azmlinfsrv's under --strict, each with the reason."""

WORDS = {
    "unknown flag": "unrecognized arguments: --nonsense",
    "flag without a value": "argument --entry_script: expected one argument",
    "port too high": "argument --port: invalid value '99999'",
    "port not a number": "argument --port: invalid value 'http'",
    "worker count zero": "argument --worker_count: invalid value '0'",
    "worker count not a number": "argument --worker_count: invalid value 'two'",
    "health port too high": "argument --health_port: invalid value '70000'",
    "busy port": "Port <port> is in use",
    "config is a list": "holds no JSON object",
    "logging with a bad version": "Unsupported version: 7",
    "script is a folder": "IsADirectoryError: [Errno 21] Is a directory: '<dir>/score.py'",
}
"""What our message says where azmlinfsrv's names its own function, or says nothing."""


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_strict_server_answers_and_logs_as_azmlinfsrv(service: Service, tmp_path: Path) -> None:
    """Through real sockets each answer is azmlinfsrv's, byte for byte, and so are the server's log lines."""
    with running(STRICT, service, tmp_path) as server:
        given: dict[str, Any] = {}
        for request in service.requests:
            given[request.name] = ask(server.port, request)
            server.wait_ready()  # a worker that died is replaced first
    named = {**UNREPRODUCED, **ONLY_LIVE}
    other = differing(given, service.name, live=True)
    assert {name: pair for name, pair in other.items() if (service.name, name) not in named} == {}
    if service.name not in LOGS_DIFFER:
        assert compared_lines(server.outcome(None).log) == compared_lines(recorded_log(service.name))


def compared_lines(lines: list[str]) -> list[str]:
    """The lines of the server's loggers that tell of the script and of requests."""
    ours = (line for line in lines if SERVERS_LINES.match(line) and not ITS_OWN_STORY.search(line))
    return [line for line in ours if "version=<b>" not in line]  # a request that only azmlinfsrv's parser lets pass


THEIRS: dict[str, Any] = json.loads((RECORDED / "starts.json").read_text(encoding="utf-8"))["starts"]
COMPARED = [start for start in STARTS if start.name in THEIRS and start.name not in EXITS]


def test_every_start_is_recorded() -> None:
    """A start that was added without recording azmlinfsrv is found."""
    assert list(THEIRS) == [start.name for start in STARTS]


@pytest.mark.parametrize(
    "start", [each for each in COMPARED if THEIRS[each.name]["exit"]], ids=lambda start: start.name
)
def test_a_failed_start_exits_and_says_as_azmlinfsrv(start: Start, tmp_path: Path) -> None:
    """The exit code is azmlinfsrv's, and what it says of the cause is said."""
    theirs = THEIRS[start.name]
    ours = start_outcome(STRICT, start, tmp_path)
    printed = "\n".join((*ours.stdout, *ours.stderr))
    assert ours.code == theirs["exit"], printed
    expected = [WORDS[start.name]] if start.name in WORDS else causes([*theirs["stdout"], *theirs["stderr"]])
    assert expected
    assert [each for each in expected if each not in printed] == [], printed


def causes(lines: list[str]) -> list[str]:
    """What the lines say of the cause: texts of exceptions and of error records, without the server's own classes."""
    patterns = (
        r"(?:azmlinfsrv|azureml_\w+)[\w.]*(?:Error|Exception): (.*)",
        r"json\.decoder\.JSONDecodeError: (.*)",
        r"(\w+(?:Error|Exit): .*)",
        r"<time> [EC] \[<pid>\] azmlinfsrv - (.+)",
        r"(\w+): .* \(environment variable: ",
    )
    matches = (re.match(pattern, line) for line in lines for pattern in patterns)
    return [match[1] for match in matches if match and not UNSAID.search(match[1])]


UNSAID = re.compile(
    r"Traceback|Error!|Expected script to be found|Current contents of|Caught an unhandled exception|"
    r"Error while fetching model IDs|NotADirectoryError"
)
"""Frames, azmlinfsrv's own search path, its telemetry, and the order of a folder's files."""


@pytest.mark.parametrize(
    "start", [each for each in COMPARED if not THEIRS[each.name]["exit"]], ids=lambda start: start.name
)
def test_a_start_prints_what_azmlinfsrv_prints(start: Start, tmp_path: Path) -> None:
    """The banner, the settings and the lines up to ready are azmlinfsrv's, in its order; ours may say more."""
    theirs = THEIRS[start.name]
    ours = start_outcome(STRICT, start, tmp_path)
    assert ours.code == theirs["exit"], ours
    missing = [line[2:] for line in difflib.ndiff(story(theirs["stdout"]), story(ours.stdout)) if line.startswith("- ")]
    assert missing == [], ours.stdout


def story(lines: list[str]) -> list[str]:
    """The printed lines without what is told of azmlinfsrv's own installation and telemetry."""
    own = re.compile(
        ITS_OWN_STORY.pattern
        + "|Initializing logger|Extra keys = |azureml_inference_server_http|Traceback|above exception"
    )
    return [line for line in lines if line and not own.search(line)]
