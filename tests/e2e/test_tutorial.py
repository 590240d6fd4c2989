"""Azure's own tutorials, typed line by line with ``devkit`` for ``az ml``, on each runtime."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import processes_of
from tests.support.server import eventually
from tests.support.tutorial import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[2] / "examples" / "blue-green"
IN_THIS_PYTHON = ["--runtime", "process", "--python", sys.executable]


def typed(line: str, folder: Path, extra: list[str]) -> subprocess.CompletedProcess[str]:
    """Type one line in the folder; what creates or changes a deployment gets the flags of the runtime as well."""
    words = shlex.split(line)
    runs = words[1:3] in (["online-deployment", "create"], ["online-deployment", "update"])
    command = [sys.executable, "-m", "devkit", *words[1:], *(extra if runs else [])]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The example in a workspace of its own; afterwards nothing of it runs."""
    place = tmp_path / "blue-green"
    shutil.copytree(EXAMPLE, place, ignore=shutil.ignore_patterns(".devkit", "__pycache__"))
    yield place
    typed("devkit down", place, [])


@pytest.mark.timeout(280)
@pytest.mark.parametrize("flags", [pytest.param(IN_THIS_PYTHON, id="process")])
def test_azures_tutorial_runs_line_by_line(folder: Path, flags: list[str]) -> None:
    """Every line ends well and prints what the article promises, from the first create to the last delete."""
    for step in STEPS:
        done = typed(step.line, folder, flags)
        assert done.returncode == 0, f"{step.line}\n{done.stdout}{done.stderr}"
        assert step.holds(done.stdout), f"{step.line}\n{done.stdout}{done.stderr}"
    assert typed("devkit down", folder, []).returncode == 0
    eventually(lambda: not processes_of(folder), f"no process of {folder} runs")
