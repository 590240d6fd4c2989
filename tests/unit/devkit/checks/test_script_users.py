"""From a script to the deployments that use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.checks.files import Files
from devkit.checks.script_users import deployments_using
from tests.support.projects import DEPLOYMENT, SCRIPT

if TYPE_CHECKING:
    from pathlib import Path


def _code(code: str, script: str = "score.py") -> str:
    return f"{DEPLOYMENT}code_configuration:\n  code: {code}\n  scoring_script: {script}\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"blue.yml": _code("app/src"), "notes.yml": "a: score.py\n"}, ["blue.yml"]),
        ({"green.yml": _code("app/src"), "blue.yml": _code("./app", "src/score.py")}, ["blue.yml", "green.yml"]),
        ({"app/near.yml": _code("src"), "far.yml": _code("app/src")}, ["app/near.yml"]),
        ({"blue.yml": _code("elsewhere"), "broken.yml": "scoring_script: [score.py\n"}, []),
        ({"deploy/blue.yml": _code("../app/src")}, ["deploy/blue.yml"]),
    ],
    ids=["the one that names it", "all that do, sorted", "the nearest folder decides", "another script", "beside"],
)
def test_deployments_are_found_from_the_script(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    """The nearest folder above the script that has deployments naming it decides; names alone prove nothing."""
    for name, text in (files | {"app/src/score.py": SCRIPT}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = deployments_using(tmp_path / "app" / "src" / "score.py", Files())
    assert found == [tmp_path / name for name in expected]


def test_the_search_ends_at_the_root_of_a_repository(tmp_path: Path) -> None:
    """A deployment outside of the script's repository is not taken for its own."""
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "score.py").write_text(SCRIPT)
    (tmp_path / "blue.yml").write_text(_code("repository"))
    assert deployments_using(tmp_path / "repository" / "score.py", Files()) == []
