"""The real azure-ai-ml, unchanged, drives the local control plane."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from devkit.control_plane import daemon
from tests.support.oracle import PYTHON, ROOT
from tests.support.workbench import ECHO

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.workbench import Workbench

if not PYTHON.exists() and not os.environ.get("CI"):
    pytest.skip("azure-ai-ml is not installed: `make azure-oracle` installs it", allow_module_level=True)

ENDPOINT = "name: from-azure\nauth_mode: key\n"
DEPLOYMENT = """
name: blue
endpoint_name: from-azure
model:
  path: model
code_configuration:
  code: src
  scoring_script: score.py
environment:
  image: mcr.microsoft.com/azureml/minimal-py312-inference:latest
instance_type: Standard_DS3_v2
instance_count: 1
"""


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """What a user of azure-ai-ml has: two documents, code, a model, a request."""
    for name, text in {
        "endpoint.yml": ENDPOINT,
        "blue.yml": DEPLOYMENT,
        "src/score.py": ECHO,
        "model/weights.json": "[1]",
        "sample-request.json": '{"n": 1}',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_azure_ai_ml_drives_it(bench: Workbench, documents: Path) -> None:
    """Create with uploads, traffic, invoke, logs, list and delete work from azure-ai-ml as they do against Azure."""
    connection = daemon.ensure_encrypted(bench.workspace)
    told = _drive({"url": connection.https_url, "token": connection.token, "folder": str(documents)}, connection)
    assert told["endpoint"] == "Succeeded"
    assert told["deployment"]["state"] == "Succeeded"
    assert "/models/" in told["deployment"]["model"]
    assert told["traffic"] == {"blue": 100}
    assert json.loads(told["invoke"])["answer"] == json.loads(told["invoke by name"])["answer"] == "ANSWER"
    assert "init of ANSWER" in told["logs"]
    assert (told["keys"], told["endpoints"], told["deployments"]) == (True, ["from-azure"], ["blue"])
    assert (told["left"], told["gone"]) == ([], [])


def _drive(given: dict[str, Any], connection: Any) -> dict[str, Any]:
    environment = {**os.environ, "REQUESTS_CA_BUNDLE": connection.certificate}
    done = subprocess.run(
        [PYTHON, ROOT / "tests" / "support" / "azure_client.py"],
        input=json.dumps(given) + "\n",
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=110,
    )
    lines = [json.loads(line[line.index("{") :]) for line in done.stdout.splitlines() if '{"step"' in line]
    assert done.returncode == 0, done.stderr[-3000:]
    return {line["step"]: line["value"] for line in lines}
