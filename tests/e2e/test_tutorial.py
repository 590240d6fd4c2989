"""Azure's own tutorials, typed line by line with ``devkit`` for ``az ml``, on each runtime."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.docker_engine import require_image
from tests.support.processes import processes_of
from tests.support.server import eventually
from tests.support.tutorial import STEPS
from tests.support.typing_commands import Done, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[2] / "examples" / "blue-green"
FLAGS = {"process": ["--runtime", "process", "--python", sys.executable], "docker": ["--runtime", "docker"]}


def type_line(line: str, folder: Path, flags: list[str]) -> Done:
    """Type one line in the folder; what creates or changes a deployment gets the flags of the runtime as well."""
    words = shlex.split(line)[1:]
    runs = words[:2] in (["online-deployment", "create"], ["online-deployment", "update"])
    return typed([*words, *(flags if runs else [])], folder)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The example in a workspace of its own; afterwards nothing of it runs."""
    place = tmp_path / "blue-green"
    shutil.copytree(EXAMPLE, place, ignore=shutil.ignore_patterns(".devkit", "__pycache__"))
    yield place
    typed(["down"], place)


def on_the_test_image(folder: Path) -> None:
    """Let the deployments run on the image of the tests, which has the production layout and the server."""
    image = require_image()
    for path in folder.glob("*-deployment.yml"):
        text = re.sub(r"image: .*\n  conda_file: .*", f"image: {image}", path.read_text(encoding="utf-8"))
        assert image in text
        path.write_text(text, encoding="utf-8")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("runtime", ["process", pytest.param("docker", marks=pytest.mark.docker)])
def test_azures_tutorial_runs_line_by_line(folder: Path, runtime: str) -> None:
    """Every line ends well and prints what the article promises, from the first create to the last delete."""
    if runtime == "docker":
        on_the_test_image(folder)
    for step in STEPS:
        done = type_line(step.line, folder, FLAGS[runtime])
        assert done.code == 0, f"{step.line}\n{done.out}{done.err}"
        assert step.holds(done.out), f"{step.line}\n{done.out}{done.err}"
    assert typed(["down"], folder).code == 0
    eventually(lambda: not processes_of(folder), f"no process of {folder} runs")
