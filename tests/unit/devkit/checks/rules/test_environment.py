from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.projects import CONDA, DEPLOYMENT, SCRIPT, Place, found, places

if TYPE_CHECKING:
    from pathlib import Path

CODE = "code_configuration:\n  code: src\n  scoring_script: score.py\n"


def project(conda: str = CONDA, image: str = "team.azurecr.io/image:1", more: str = "") -> dict[str, str]:
    environment = f"environment:\n  image: {image}\n  conda_file: conda.yml\n{more}"
    return {"d.yml": DEPLOYMENT + CODE + environment, "src/score.py": SCRIPT, "conda.yml": conda}


ROUTES = "".join(f"    {name}_route: {{port: 80, path: /}}\n" for name in ("liveness", "readiness", "scoring"))


@pytest.mark.parametrize(
    ("conda", "more", "wrong"),
    [
        (CONDA, "", 0),
        ("dependencies:\n  - pip:\n      - azureml-defaults\n", "", 0),
        ("dependencies:\n  - numpy\n", "", 1),
        ("dependencies:\n  - pip:\n      - -r requirements.txt\n", "", 0),
        ("dependencies:\n  - numpy\n", f"  inference_config:\n{ROUTES}", 0),
    ],
)
def test_a_conda_environment_needs_the_server(tmp_path: Path, conda: str, more: str, wrong: int) -> None:
    """Without the server the container ends; images with their own server and unread files are not judged."""
    assert len(found(tmp_path, project(conda, more=more), "no-server-package")) == wrong


def test_an_inline_conda_file_is_read_too(tmp_path: Path) -> None:
    """conda_file may hold the packages themselves; the finding stands at their list."""
    text = (
        f"{DEPLOYMENT}{CODE}environment:\n  image: a.azurecr.io/i:1\n  conda_file:\n    dependencies:\n      - numpy\n"
    )
    files = {"d.yml": text, "src/score.py": SCRIPT}
    assert places(tmp_path, files, "no-server-package") == [Place("d.yml", 12, 5, "dependencies")]


def test_what_the_server_brings_is_found_at_its_line(tmp_path: Path) -> None:
    """Each of the server's own packages is told where it is listed, and only beside the server."""
    conda = CONDA + "      - Flask==2.1\n"
    assert places(tmp_path, project(conda), "server-package-fought") == [Place("conda.yml", 5, 9, "Flask==2.1")]
    assert found(tmp_path, project("dependencies:\n  - flask\n"), "server-package-fought") == []


def test_a_locked_file_fights_nothing(tmp_path: Path) -> None:
    """Where every package of pip has its one version, the server's own may be among them."""
    locked = "dependencies:\n  - pip:\n      - azureml-inference-server-http==1.5.1\n      - Flask==3.1.3\n"
    assert found(tmp_path, project(locked), "server-package-fought") == []
    assert len(found(tmp_path, project(locked + "      - numpy\n"), "server-package-fought")) == 1


@pytest.mark.parametrize(
    ("image", "wrong"),
    [
        ("a.azurecr.io/i:1", 0),
        ("a.azurecr.io/i", 1),
        ("a.azurecr.io/i:latest", 1),
        (f"a.azurecr.io/i@sha256:{'0' * 64}", 0),
        ("localhost:5000/i", 1),
    ],
)
def test_an_image_needs_a_version(tmp_path: Path, image: str, wrong: int) -> None:
    """A version tag or a digest is fine; latest and nothing are not."""
    assert len(found(tmp_path, project(image=image), "moving-image")) == wrong


@pytest.mark.parametrize(
    ("image", "wrong"),
    [
        ("python:3.12", 0),
        ("a.azurecr.io/i:1", 0),
        ("mcr.microsoft.com/x:1", 0),
        ("ghcr.io/x/y:1", 0),
        ("registry.example.org/x:1", 1),
        ("registry.gitlab.com/x/y:1", 1),
    ],
)
def test_only_unknown_registries_are_told(tmp_path: Path, image: str, wrong: int) -> None:
    """Azure's registries and the well-known public ones are fine."""
    assert len(found(tmp_path, project(image=image), "private-registry")) == wrong


@pytest.mark.parametrize(("conda", "wrong"), [("- numpy\n", 1), ("name: x\n", 1), ("a: [\n", 1), (CONDA, 0)])
def test_a_conda_file_is_a_mapping_with_dependencies(tmp_path: Path, conda: str, wrong: int) -> None:
    """A list, a mapping without packages and broken YAML are found in the conda file itself."""
    findings = found(tmp_path, project(conda), "conda-file")
    assert [finding.path.name for finding in findings] == ["conda.yml"] * wrong


@pytest.mark.parametrize(("version", "wrong"), [("3.12", 0), ("3.9", 0), ("3.8", 1), ("2.7", 1), ("3", 0)])
def test_an_old_python_is_told(tmp_path: Path, version: str, wrong: int) -> None:
    """The server needs 3.9; a version without its second number is not judged."""
    assert len(found(tmp_path, project(CONDA.replace("3.12", version)), "old-python")) == wrong


def test_an_environment_file_that_is_named_is_read(tmp_path: Path) -> None:
    """environment: file:… leads to the image and the conda file of that document."""
    environment = "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: e\n"
    files = {
        "d.yml": f"{DEPLOYMENT}{CODE}environment: file:e.yml\n",
        "e.yml": f"{environment}image: a.azurecr.io/i:1\nconda_file: conda.yml\n",
        "conda.yml": "dependencies:\n  - numpy=2\n",
        "src/score.py": SCRIPT,
    }
    assert places(tmp_path, files, "no-server-package") == [Place("conda.yml", 1, 1, "dependencies")]


def test_a_script_without_an_environment_is_told(tmp_path: Path) -> None:
    """MLflow models bring their own environment; a script of one's own does not."""
    files = {"d.yml": DEPLOYMENT + CODE, "src/score.py": SCRIPT}
    assert len(found(tmp_path, files, "no-environment")) == 1
    files["d.yml"] += "model:\n  path: m\n  type: mlflow_model\n"
    assert found(tmp_path, files, "no-environment") == []


@pytest.mark.parametrize(
    ("environment", "wrong"),
    [
        ("{image: i:1}", 1),
        ("{image: i:1, inference_config: {scoring_route: {port: 80, path: /}}}", 0),
        ("azureml:somewhere-else:1", 0),
    ],
)
def test_a_mount_path_needs_a_container_of_ones_own(tmp_path: Path, environment: str, wrong: int) -> None:
    """Only an environment that is known to have no inference_config is told."""
    text = f"{DEPLOYMENT}model_mount_path: /models\nenvironment: {environment}\n"
    assert len(found(tmp_path, {"d.yml": text}, "mount-path-unused")) == wrong
