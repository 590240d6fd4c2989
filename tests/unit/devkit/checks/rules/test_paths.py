from __future__ import annotations

import os
from pathlib import Path

import pytest

from devkit.spec.findings import Severity
from tests.support.projects import CONDA, DEPLOYMENT, SCRIPT, Place, found, places

CODE = "code_configuration:\n  code: {code}\n  scoring_script: score.py\n"


def deployment(code: str = "src") -> str:
    return DEPLOYMENT + CODE.format(code=code)


def test_a_missing_folder_is_found_at_its_value_with_the_nearest_name(tmp_path: Path) -> None:
    """The finding covers the path, and the fix writes the folder that is there."""
    files = {"d.yml": deployment("scr"), "src/score.py": SCRIPT}
    (finding,) = found(tmp_path, files, "path-not-found")
    assert places(tmp_path, files, "path-not-found") == [Place("d.yml", 7, 9, "scr")]
    assert finding.fixes[0].edits[0].new_text == "src"


def test_upper_and_lower_case_count(tmp_path: Path) -> None:
    """A path that only a case-blind disk finds is missing in the container."""
    (finding,) = found(tmp_path, {"d.yml": deployment("Src"), "src/score.py": SCRIPT}, "path-not-found")
    assert finding.remedy == "Did you mean src?"


@pytest.mark.parametrize(
    "value", ["azureml:code:1", "https://example.org/code", "azureml://datastores/d/paths/p", "git+https://x/y"]
)
def test_what_lives_elsewhere_is_not_looked_for(tmp_path: Path, value: str) -> None:
    """References and URLs are no paths of this machine."""
    assert found(tmp_path, {"d.yml": deployment(value)}, "path-not-found") == []


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ("model:\n  path: azureml://datastores/d/paths/p\n", 1),
        ("model:\n  name: m\n  path: azureml://datastores/d/paths/p\n", 0),
        ("model:\n  path: https://example.org/m\n", 1),
        ("environment:\n  conda_file: azureml://datastores/d/paths/conda.yml\n  image: i:1\n", 1),
        ("environment:\n  build:\n    path: https://github.com/a/b.git\n", 0),
        ("environment:\n  build:\n    path: azureml:context:1\n", 1),
        ("code_configuration:\n  code: azureml:code:1\n  scoring_script: score.py\n", 0),
        ("code_configuration:\n  code: git+https://example.org/x\n  scoring_script: score.py\n", 1),
    ],
)
def test_a_place_in_the_cloud_is_refused_where_only_files_are_read(tmp_path: Path, keys: str, wrong: int) -> None:
    """azure-ai-ml takes the text for a file of this machine, but for a model that it registers under a name."""
    assert len(found(tmp_path, {"d.yml": DEPLOYMENT + keys}, "path-elsewhere")) == wrong


def test_a_conda_file_is_a_path_without_a_prefix(tmp_path: Path) -> None:
    """file: is for whole environments; in front of a conda file azure-ai-ml takes it for a part of the name."""
    files = {"d.yml": DEPLOYMENT + "environment:\n  image: i:1\n  conda_file: file:conda.yml\n", "conda.yml": CONDA}
    (finding,) = found(tmp_path, files, "path-not-found")
    assert finding.fixes[0].edits[0].new_text == "conda.yml"


def test_a_build_path_may_be_a_file_and_that_is_a_warning(tmp_path: Path) -> None:
    """azure-ai-ml takes it."""
    files = {"d.yml": DEPLOYMENT + "environment:\n  build:\n    path: Dockerfile\n", "Dockerfile": "FROM a:1\n"}
    (finding,) = found(tmp_path, files, "file-or-folder")
    assert finding.severity is Severity.WARNING


def test_an_empty_code_is_the_documents_own_folder(tmp_path: Path) -> None:
    """So azure-ai-ml reads it, and looks for the script there."""
    assert found(tmp_path, {"d.yml": deployment('""'), "score.py": SCRIPT}, "script-not-found") == []
    (tmp_path / "score.py").unlink()
    assert len(found(tmp_path, {"d.yml": deployment('""')}, "script-not-found")) == 1


def test_a_file_in_the_place_of_a_folder_is_found(tmp_path: Path) -> None:
    """code: src/score.py names the script, and the key needs its folder."""
    files = {"d.yml": deployment("src/score.py"), "src/score.py": SCRIPT}
    assert places(tmp_path, files, "file-or-folder") == [Place("d.yml", 7, 9, "src/score.py")]


def test_backslashes_are_mended(tmp_path: Path) -> None:
    """A path of Windows works nowhere else; the same path with slashes does."""
    files = {"d.yml": deployment("code\\src"), "code/src/score.py": SCRIPT}
    (finding,) = found(tmp_path, files, "path-form")
    assert finding.fixes[0].edits[0].new_text == "code/src"
    assert finding.severity is (Severity.WARNING if os.name == "nt" else Severity.ERROR)


def test_an_absolute_path_is_told_but_not_mended(tmp_path: Path) -> None:
    """What the path should be on another machine is not ours to guess."""
    (finding,) = found(tmp_path, {"d.yml": deployment(str(tmp_path))}, "path-form")
    assert finding.fixes == ()


def test_a_path_out_of_the_repository_is_found(tmp_path: Path) -> None:
    """With .git as the border, a path beyond it is told; inside it is not."""
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    files = {"d.yml": deployment("../../outside"), "src/score.py": SCRIPT}
    assert len(found(tmp_path / "repository" / "a", files, "path-outside")) == 1
    files["d.yml"] = deployment("../a/src")
    assert found(tmp_path / "repository" / "a", files, "path-outside") == []


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [(".amlignore", "*.py\n", 1), (".gitignore", "score.py\n", 1), (".amlignore", "*.py\n!score.py\n", 0)],
)
def test_a_script_that_is_not_uploaded_is_found(tmp_path: Path, name: str, text: str, wrong: int) -> None:
    """Ignore files have git's meaning, also of exceptions."""
    files = {"d.yml": deployment(), "src/score.py": SCRIPT, f"src/{name}": text}
    assert len(found(tmp_path, files, "ignored-file")) == wrong


def test_an_amlignore_takes_the_place_of_a_gitignore(tmp_path: Path) -> None:
    """Where both are there, only .amlignore counts."""
    files = {"d.yml": deployment(), "src/score.py": SCRIPT, "src/.gitignore": "*.py\n", "src/.amlignore": "*.txt\n"}
    assert found(tmp_path, files, "ignored-file") == []


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    """A link that leads to itself is a path that is not there, and nothing hangs."""
    Path(tmp_path, "src").symlink_to(tmp_path / "src")
    assert len(found(tmp_path, {"d.yml": deployment()}, "path-not-found")) == 1
