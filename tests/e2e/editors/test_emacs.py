"""A real Emacs with the set-up that docs/editors.md gives, in batch mode."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.editors import documented, editor_environment, editor_program, write_project

pytestmark = pytest.mark.editor

SESSION = Path(__file__).with_name("session.el")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a session told: it wrote a wrong size, mended it, completed one, and jumped from the script's name."""
    folder = tmp_path_factory.mktemp("emacs")
    project = write_project(folder / "project")
    init = folder / "home" / ".emacs.d" / "init.el"
    init.parent.mkdir(parents=True)
    init.write_text(documented("elisp"), encoding="utf-8")
    loads = ["--funcall=package-initialize", *(f"--load={path}" for path in (init, SESSION))]
    done = subprocess.run(
        [editor_program("emacs"), "--batch", *loads, "blue-deployment.yml"],
        capture_output=True,
        check=False,
        cwd=project,
        env=editor_environment(folder / "home"),
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_shows_a_mistake(told: dict[str, Any]) -> None:
    """A size that Azure does not have is shown as wrong, and nothing else is."""
    (text,) = told["diagnostics"]
    assert "Standard_DS3_v9" in text


def test_mends_a_mistake(told: dict[str, Any]) -> None:
    """The code action that Emacs suggests first writes the nearest size."""
    assert told["mended"] == "instance_type: Standard_DS3_v2"


def test_completes_a_size(told: dict[str, Any]) -> None:
    """Completion at point offers the sizes that begin as it was typed."""
    assert "Standard_F4s_v2" in told["completions"]
    assert all(each.startswith("Standard_F4") for each in told["completions"])


def test_jumps_from_the_script_of_a_deployment_into_run(told: dict[str, Any]) -> None:
    """`M-.` on the script's name opens the script at `def run`."""
    assert told["definition"] == ["score.py", "def run(data):"]
