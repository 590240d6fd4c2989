"""What a container tells of its packages, and the lock that is made of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from devkit.promote.pins import resolved_again
from devkit.promote.receipt import write
from devkit.promote.validation import validate_by_running
from tests.support.docker_engine import require_image

if TYPE_CHECKING:
    from tests.support.docker_engine import Bench

pytestmark = [pytest.mark.docker]

CONDA = Path(__file__).resolve().parents[4] / "examples" / "sklearn" / "conda.yml"
"""Its image is built for other tests, too, and once for all of them."""
SCRIPT = "import sklearn\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sklearn.__version__\n"


def deployment(image: str) -> str:
    """Of the sklearn example's environment, with a script of the test's."""
    return (
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\n"
        "name: blue\nendpoint_name: numbers\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n"
        "code_configuration: {code: src, scoring_script: score.py}\n"
        f"environment: {{image: '{image}', conda_file: conda.yml}}\n"
        "readiness_probe: {initial_delay: 60, period: 10, failure_threshold: 30}\n"
    )


@pytest.mark.timeout(400)
def test_the_lock_is_what_the_container_has(bench: Bench) -> None:
    """The receipt names what pip itself finds in the container's environment, and the lock leaves nothing open."""
    folder = bench.root
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text(SCRIPT)
    (folder / "golden").mkdir()
    golden = {"request": {"body": 0}, "answer": {"body": ""}, "compare": {"ignore": ["$"]}}
    (folder / "golden" / "one.json").write_text(json.dumps(golden))
    shutil.copy(CONDA, folder / "conda.yml")
    (folder / "blue.yml").write_text(deployment(require_image()))
    receipt, _ = validate_by_running(folder / "blue.yml", bench.workspace, lambda _: None, runtime="docker")
    assert receipt.passed, receipt.golden
    assert receipt.packages is not None
    assert receipt.image_digest is None, "the tests' image comes from no registry"
    python = "/opt/miniconda/envs/inf-conda-env/bin/python"
    command = [python, "-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check"]
    told = bench.engine.containers.run(receipt.image_id, entrypoint=command, remove=True, network_mode="none")
    there = set(bytes(told).decode().split())
    assert set(receipt.packages.pip) == {each for each in there if not each.startswith(("pip==", "setuptools=="))}
    write(bench.workspace, receipt)
    locking = [sys.executable, "-m", "devkit", "environment", "lock", "-f", "blue.yml"]
    done = subprocess.run(locking, cwd=folder, env=os.environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["change"] == {"conda_file": "conda.lock.yml"}
    assert "push it" in done.stderr
    locked = yaml.safe_load((folder / "conda.lock.yml").read_text())
    assert resolved_again(locked, receipt.packages) == []
    assert locked["dependencies"][0] == f"python={receipt.packages.python}"
