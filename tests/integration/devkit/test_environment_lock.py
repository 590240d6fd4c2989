"""``devkit environment lock``: a conda file of exactly what was validated, with real environments."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.promote.pins import resolved_again
from devkit.promote.receipt import Receipt, write
from devkit.promote.validation import validate_by_running
from devkit.workspace import Workspace
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: numbers
code_configuration: {code: src, scoring_script: score.py}
environment: {image: "mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1", conda_file: conda.yml}
instance_type: Standard_DS3_v2
instance_count: 1
"""
pytestmark = pytest.mark.timeout(300)
SCRIPT = "import tiny\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return tiny.VALUE\n"
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment whose packages come from a folder, as if that were an index."""
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path / "cache"))
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "tiny", "1.0", "from small import VALUE\n", ["small>=1"])
    make_wheel(wheels, "small", "1.0", "VALUE = 1\n")
    make_wheel(wheels, "azureml_inference_server_http", "1.5.1")
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "score.py").write_text(SCRIPT)
    (folder / "golden").mkdir()
    (folder / "golden" / "one.json").write_text(json.dumps({"request": {"body": 0}, "answer": {"body": 1}}))
    (folder / "blue.yml").write_text(DEPLOYMENT)
    pip = ["--no-index", f"--find-links {wheels}", "azureml-inference-server-http~=1.5", "tiny"]
    conda = {"channels": ["conda-forge"], "dependencies": [f"python={VERSION}", "pip", {"pip": pip}]}
    (folder / "conda.yml").write_text(yaml.safe_dump(conda))
    return folder


def validated(project: Path, name: str = "blue.yml") -> Receipt:
    """The receipt, which is kept."""
    workspace = Workspace(project)
    receipt = validate_by_running(project / name, workspace, lambda _: None)[0]
    write(workspace, receipt)
    return receipt


def lock(project: Path, *flags: str) -> tuple[int, Any, str]:
    """Exit code, answer and what is told."""
    command = [sys.executable, "-m", "devkit", "environment", "lock", *flags]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def test_a_locked_environment_stays_what_was_validated(project: Path, tmp_path: Path) -> None:
    """Newer versions come out, and an environment of the locked file still has those that were validated."""
    before = validated(project)
    code, answer, told = lock(project, "-f", "blue.yml")
    assert code == 0, told
    assert answer["change"] == {"conda_file": "conda.lock.yml"}
    assert answer["left"] == []
    assert "validate --run blue.yml" in told
    written = yaml.safe_load((project / "conda.lock.yml").read_text())
    assert written["dependencies"][-1]["pip"][2:] == [
        "azureml_inference_server_http==1.5.1",
        "small==1.0",
        "tiny==1.0",
    ]
    assert written["dependencies"][0] == "python=" + ".".join(map(str, sys.version_info[:3]))
    make_wheel(tmp_path / "wheels", "small", "2.0", "VALUE = 2\n")
    (project / "blue.yml").write_text(DEPLOYMENT.replace("conda.yml", "conda.lock.yml"))
    after = validated(project)
    assert after.passed
    assert after.packages == before.packages
    assert after.digests.environment != before.digests.environment
    assert resolved_again(written, after.packages) == []
    assert resolved_again(yaml.safe_load((project / "conda.yml").read_text()), before.packages) == [
        f"python={VERSION}",
        "azureml-inference-server-http~=1.5",
        "tiny",
        "small",
    ]
    code, answer, told = lock(project, "-f", "blue.yml")
    assert (code, answer["change"]) == (0, {}), told


def test_only_what_was_validated_is_locked(project: Path) -> None:
    """Without a receipt, and after a change, the command says what to do and writes nothing."""
    code, _, told = lock(project, "-f", "blue.yml")
    assert code == 1
    assert "no receipt" in told
    validated(project)
    (project / "src" / "score.py").write_text(SCRIPT + "\n")
    code, _, told = lock(project, "-f", "blue.yml")
    assert code == 1
    assert "code/score.py" in told
    assert not (project / "conda.lock.yml").exists()


def test_another_file_is_not_lost(project: Path) -> None:
    """A file with other content stays unless --force says otherwise; --output-file names another place."""
    validated(project)
    target = project / "conda.lock.yml"
    target.write_text("mine\n")
    code, _, told = lock(project, "-f", "blue.yml")
    assert code == 1
    assert "--force" in told
    assert target.read_text() == "mine\n"
    assert lock(project, "-f", "blue.yml", "--output-file", "locks/a.yml")[0] == 1
    (project / "locks").mkdir()
    assert lock(project, "-f", "blue.yml", "--output-file", "locks/a.yml")[1]["change"]["conda_file"] == "locks/a.yml"
    assert lock(project, "-f", "blue.yml", "--force")[0] == 0
    assert target.read_text() == (project / "locks" / "a.yml").read_text()
