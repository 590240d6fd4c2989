"""The corpus through both WSGI applications, Flask alone and the fast path, without a socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.comparison import UNREPRODUCED, compared, differing, recorded
from tests.contract.differences import DIFFERENCES, Difference
from tests.contract.model import SCRIPTS, Service
from tests.contract.process import CLEAN, write_files
from tests.contract.services import SERVICES

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("inference_schema")

EACH_SERVICE = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
ROOT = SCRIPTS.parents[2]


def answers(service: Service, folder: Path, *flags: str) -> dict[str, dict[str, Any]]:
    """Answer the service's requests in a process of its own: {"flask": {...}, "fast": {...}}."""
    (folder / "score.py").write_bytes((SCRIPTS / service.script).read_bytes())
    write_files(folder, service.files)
    inherited = {name: os.environ[name] for name in CLEAN if name in os.environ}
    done = subprocess.run(
        (sys.executable, "-m", "tests.contract.in_process", service.name, *flags),
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(ROOT), **service.env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    given: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return given


@EACH_SERVICE
def test_the_recording_has_an_answer_to_every_request(service: Service) -> None:
    """A request that was added without recording azmlinfsrv's answer to it is found."""
    assert [request.name for request in service.requests] == list(recorded(service.name))


@EACH_SERVICE
def test_strict_mode_answers_as_azmlinfsrv_in_both_paths(service: Service, tmp_path: Path) -> None:
    """Status, reason, header set and body are azmlinfsrv's, byte for byte, through Flask and through the fast path."""
    given = answers(service, tmp_path, "--strict")
    for path in ("flask", "fast"):
        other = differing(given[path], service.name, live=False)
        assert {name: pair for name, pair in other.items() if (service.name, name) not in UNREPRODUCED} == {}, path


@EACH_SERVICE
def test_default_mode_differs_only_by_name_and_alike_in_both_paths(service: Service, tmp_path: Path) -> None:
    """Each answer is azmlinfsrv's, or differs in a way that docs/compatibility.md names; both paths agree."""
    given = answers(service, tmp_path)
    reduced = [{name: compared(each, live=False) for name, each in given[path].items()} for path in ("flask", "fast")]
    assert reduced[0] == reduced[1]
    unexplained = {}
    for name, (ours, theirs) in differing(given["fast"], service.name, live=False, ignore_version=True).items():
        assert ours is not None
        assert theirs is not None
        named = (each for each in DIFFERENCES if each.services is None or service.name in each.services)
        if (service.name, name) not in UNREPRODUCED and not any(each.explains(name, ours, theirs) for each in named):
            unexplained[name] = (ours, theirs)
    assert unexplained == {}


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_every_difference_is_documented(difference: Difference) -> None:
    """Its name is a heading of docs/compatibility.md."""
    assert f"### {difference.name}\n" in (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
