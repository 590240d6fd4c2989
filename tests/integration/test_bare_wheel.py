"""The wheel in an environment with nothing else: what a user gets who installs only the server."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "keywords"
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
TREE = """
import importlib.metadata as metadata, json, re
def required(name):
    lines = [each for each in metadata.requires(name) or [] if "extra ==" not in each]
    return {re.match(r"[A-Za-z0-9._-]+", each)[0].lower().replace("_", "-") for each in lines}
found, todo = set(), {"endpoint-devkit"}
while todo:
    name = todo.pop()
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:  # wanted on another system only
        continue
    found.add(name)
    todo |= required(name) - found
there = {each.metadata["Name"].lower().replace("_", "-") for each in metadata.distributions()}
print(json.dumps({"direct": sorted(required("endpoint-devkit")), "tree": sorted(found), "installed": sorted(there)}))
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with the wheel of this tree; its folder."""
    folder = tmp_path_factory.mktemp("bare")
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    subprocess.run((sys.executable, "-m", "venv", folder / "venv"), check=True, timeout=120)
    (wheel,) = folder.glob("endpoint_devkit-*.whl")
    pip(folder / "venv" / SCRIPTS / "python", "install", str(wheel))
    return folder / "venv"


def pip(python: str | Path, *arguments: str) -> None:
    """Run pip; a machine that reaches no index skips, except in CI."""
    command = (str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    offline = "Could not find a version" in done.stderr or "Failed to establish a new connection" in done.stderr
    if done.returncode != 0 and offline and os.environ.get("CI") != "true":
        pytest.skip("pip reaches no package index here")
    assert done.returncode == 0, done.stderr


def python(environment: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in the environment, away from this repository."""
    command = (environment / SCRIPTS / "python", "-c", code)
    return subprocess.run(command, cwd=environment, capture_output=True, text=True, timeout=60, check=False)


def test_only_the_four_dependencies_and_what_they_need_are_installed(environment: Path) -> None:
    """The server brings flask, granian, watchdog and debugpy with their own dependencies, and nothing of the kit."""
    told: dict[str, Any] = json.loads(python(environment, TREE).stdout)
    assert told["direct"] == ["debugpy", "flask", "granian", "watchdog"]
    assert set(told["installed"]) - set(told["tree"]) <= {"pip", "setuptools"}


def test_infsrv_serves_an_example(environment: Path) -> None:
    """The installed command answers the example's sample request."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (environment / SCRIPTS / "infsrv", "--entry_script", "src/score.py", "--port", str(port))
    server = subprocess.Popen(command, cwd=EXAMPLE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert sample_answer(server, port)["topic"] == "delivery"
    finally:
        server.terminate()
        printed, _ = server.communicate(timeout=30)
    assert server.returncode == 0, printed


def sample_answer(server: subprocess.Popen[str], port: int) -> dict[str, Any]:
    """Post the sample request as soon as the server listens."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", "/score", (EXAMPLE / "sample-request.json").read_bytes())
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
        except ConnectionError:
            time.sleep(0.02)
        else:
            return answer
        finally:
            connection.close()
    raise AssertionError(f"no answer within 30 s; exit code {server.poll()}")


def test_devkit_says_how_to_get_the_kit(environment: Path) -> None:
    """Without the extra the command prints pip's line and exits 2."""
    done = subprocess.run((environment / SCRIPTS / "devkit",), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "pip install 'endpoint-devkit[kit]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_made_for_azure_imports_in_a_plain_python(environment: Path) -> None:
    """The names of azmlinfsrv import from the wheel's hook, in any interpreter of the environment."""
    code = (
        "from azureml.contrib.services.aml_request import AMLRequest, rawhttp\n"
        "from azureml.contrib.services.aml_response import AMLResponse\n"
        "from azureml_inference_server_http.api.aml_response import AMLResponse as Same\n"
        "print(AMLResponse is Same, AMLResponse('x', 201).status_code)"
    )
    done = python(environment, code)
    assert done.stdout.split() == ["True", "201"], done.stderr


def test_uninstalling_leaves_nothing_behind(environment: Path, tmp_path: Path) -> None:
    """After pip uninstall no file, hook or import name of ours is left, and the interpreter starts in silence."""
    other = tmp_path / "venv"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", other), check=True, timeout=120)
    (wheel,) = environment.parent.glob("endpoint_devkit-*.whl")
    pip(sys.executable, "--python", str(other), "install", "--no-deps", str(wheel))
    assert "_endpoint_devkit" in python(other, "import sys; print(*sys.modules)").stdout
    pip(sys.executable, "--python", str(other), "uninstall", "--yes", "endpoint-devkit")
    done = python(other, "import sys; print(*sys.modules)")
    assert "_endpoint_devkit" not in done.stdout
    assert done.stderr == ""
    left = [each for each in other.rglob("*") if "devkit" in each.name or each.name in {"inference_server", "infsrv"}]
    assert left == []
