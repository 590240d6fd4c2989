from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.endpoints.deployments import LocalChoices, kept_choices, put_deployment
from devkit.endpoints.documents import Document, DocumentError, read
from devkit.spec.kinds import Family
from tests.support.memory_plane import MemoryPlane
from tests.support.projects import CONDA, DEPLOYMENT, SCRIPT, write

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

MODEL = "model:\n  path: model\n"
CODE = "code_configuration:\n  code: src\n  scoring_script: score.py\n"
ENVIRONMENT = "environment:\n  image: mcr.microsoft.com/azureml/x:20260101.v1\n  conda_file: conda.yml\n"
FILES = {"model/weights.bin": "1", "src/score.py": SCRIPT, "conda.yml": CONDA}


def blue(folder: Path, *parts: str) -> Document:
    write(folder, {**FILES, "blue.yml": DEPLOYMENT + "".join(parts)})
    return read(folder / "blue.yml", Family.ONLINE_DEPLOYMENT)


def sent(plane: MemoryPlane) -> dict[str, Any]:
    return plane.get_deployment("shop", "blue")["properties"]


def test_what_stands_in_the_file_is_registered_first(tmp_path: Path) -> None:
    """Model, code and environment become versions of their own, and the deployment refers to them by id."""
    plane = MemoryPlane()
    put_deployment(plane, blue(tmp_path, MODEL, CODE, ENVIRONMENT), LocalChoices())
    body = sent(plane)
    kinds = [path.split("/")[1] for path in plane.bodies]
    assert kinds == ["models", "environments", "codes", "onlineEndpoints"]
    model = plane.bodies[body["model"].removeprefix(plane.workspace.path)]
    assert model["properties"]["modelUri"] == (tmp_path / "model").as_uri()
    assert model["properties"]["isAnonymous"] is True
    code = plane.bodies[body["codeConfiguration"]["codeId"].removeprefix(plane.workspace.path)]
    assert code["properties"]["codeUri"] == (tmp_path / "src").as_uri()
    assert body["codeConfiguration"]["scoringScript"] == "score.py"
    environment = plane.bodies[body["environmentId"].removeprefix(plane.workspace.path)]
    assert "azureml-inference-server-http" in environment["properties"]["condaFile"]


def test_the_same_content_has_the_same_name(tmp_path: Path) -> None:
    """Deploying again registers nothing new; another content is another version."""
    plane = MemoryPlane()
    put_deployment(plane, blue(tmp_path, MODEL, CODE, ENVIRONMENT), LocalChoices())
    before = set(plane.bodies)
    put_deployment(plane, blue(tmp_path, MODEL, CODE, ENVIRONMENT), LocalChoices())
    assert set(plane.bodies) == before
    (tmp_path / "src" / "score.py").write_text(f"{SCRIPT}# changed\n")
    put_deployment(plane, read(tmp_path / "blue.yml", Family.ONLINE_DEPLOYMENT), LocalChoices())
    assert [path.split("/")[1] for path in set(plane.bodies) - before] == ["codes"]


def test_a_reference_becomes_the_id_of_what_is_registered(tmp_path: Path) -> None:
    """A version, the newest of a label, and a registry's name all mean what is registered here."""
    plane = MemoryPlane()
    for version in ("1", "2"):
        plane.put_version("models", "prices", version, {"properties": {}})
    for text, version in (
        ("azureml:prices:1", "1"),
        ("azureml:prices@latest", "2"),
        ("azureml://registries/azureml/models/prices/versions/1", "1"),
    ):
        put_deployment(plane, blue(tmp_path, f"model: {text}\n", CODE, ENVIRONMENT), LocalChoices())
        assert sent(plane)["model"].endswith(f"/models/prices/versions/{version}")


def test_a_reference_to_nothing_names_the_command_that_helps(tmp_path: Path) -> None:
    """A model that is not registered here can be, with one line."""
    with pytest.raises(DocumentError, match="devkit model create -n prices -v 3"):
        put_deployment(MemoryPlane(), blue(tmp_path, "model: azureml:prices:3\n", CODE, ENVIRONMENT), LocalChoices())


def test_an_environment_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    """Its conda file is then found beside it."""
    text = "image: mcr.microsoft.com/azureml/x:20260101.v1\nconda_file: ../conda.yml\n"
    write(tmp_path, {"env/environment.yml": text})
    plane = MemoryPlane()
    put_deployment(plane, blue(tmp_path, CODE, "environment: file:env/environment.yml\n"), LocalChoices())
    body = plane.bodies[sent(plane)["environmentId"].removeprefix(plane.workspace.path)]
    assert "python=3.12" in body["properties"]["condaFile"]


def test_what_azure_has_no_word_for_travels_in_the_properties(tmp_path: Path) -> None:
    """The runtime, live update, the interpreter and the GPU reach the control plane."""
    plane = MemoryPlane()
    put_deployment(plane, blue(tmp_path, CODE, ENVIRONMENT), LocalChoices("process", dev=True, python="/py", gpu=True))
    assert sent(plane)["properties"] == {
        "devkit.runtime": "process",
        "devkit.dev": "true",
        "devkit.python": "/py",
        "devkit.gpu": "true",
    }


def test_an_update_keeps_the_choices_that_it_does_not_name() -> None:
    """A change of the file alone moves no deployment to another runtime, and ends no live update."""
    current = {"properties": {"properties": {"devkit.runtime": "docker", "devkit.dev": "true"}}}
    assert kept_choices(current, LocalChoices()) == LocalChoices("docker", dev=True)
    assert kept_choices(current, LocalChoices("process"), dev=False) == LocalChoices("process")


def test_an_interpreter_is_named_as_it_is_found_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A relative path becomes absolute, since the control plane works elsewhere; commands and words stay."""
    monkeypatch.chdir(tmp_path)
    named = LocalChoices(python=".venv/bin/python").properties["devkit.python"]
    assert named == str(tmp_path / ".venv" / "bin" / "python")
    assert LocalChoices(python="python3.12").properties["devkit.python"] == "python3.12"
    assert LocalChoices(python="venv").properties["devkit.python"] == "venv"


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ("{name: own, version: '2', image: a/b:1}", "/environments/own/versions/2"),
        ("{name: own, version: 2, image: a/b:1}", "/environments/own/versions/2"),
        ("{name: own, image: a/b:1}", "/environments/own/versions/1"),
        ("{name: 5, image: a/b:1}", "/environments/CliV2AnonymousEnvironment/versions/"),
        ("{version: '2', image: a/b:1}", "/environments/CliV2AnonymousEnvironment/versions/"),
        ("file:named.yml", "/environments/own/versions/2"),
        ("file:nameless.yml", "/environments/CliV2AnonymousEnvironment/versions/"),
    ],
)
def test_what_an_environment_of_a_deployment_is_called(tmp_path: Path, environment: str, path: str) -> None:
    """Its own name where it has one, else anonymous: what azure-ai-ml 1.35 makes of the same lines."""
    write(tmp_path, {"named.yml": "name: own\nversion: '2'\nimage: a/b:1\n", "nameless.yml": "image: a/b:1\n"})
    plane = MemoryPlane()
    put_deployment(plane, blue(tmp_path, MODEL, CODE, f"environment: {environment}\n"), LocalChoices())
    assert sent(plane)["environmentId"].removeprefix(plane.workspace.path).startswith(path)
