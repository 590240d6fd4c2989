"""The walks of ``docs/promote.md``, typed as a reader types them: from the sklearn example to each target."""

from __future__ import annotations

import copy
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from devkit.control_plane import daemon
from devkit.promote.receipt import Receipt, write
from devkit.workspace import Workspace
from tests.support.azure_front import front
from tests.support.cluster_promotions import GATEWAY
from tests.support.docker_engine import forget, require_engine, require_image
from tests.support.fake_cluster import FakeCluster
from tests.support.registry import registry
from tests.support.second_engine import second_engine
from tests.support.server import start_server
from tests.support.typing_commands import typed
from tests.support.walks import TO_A_CLUSTER, TO_A_DOCKER_HOST, TO_AZURE, TRAIN, VALIDATE, Step
from tests.support.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLE = Path(__file__).parents[2] / "examples" / "sklearn"
DIGEST = "5e" * 32
PROCESS = f"""\
properties: {{devkit.runtime: process, devkit.python: "{sys.executable}"}}
liveness_probe: {{initial_delay: 1, period: 1, failure_threshold: 60}}
readiness_probe: {{initial_delay: 1, period: 1, failure_threshold: 60}}
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example, as it is shipped."""
    place = tmp_path / "sklearn"
    shutil.copytree(EXAMPLE, place, ignore=shutil.ignore_patterns(".devkit", "__pycache__", "*.joblib", "*.zip"))
    return place


def walk(folder: Path, steps: Sequence[Step], **replaced: str) -> None:
    """Type the steps; `replaced` has what the reader has otherwise: other words for some of a line's."""
    for step in steps:
        if step.after_an_edit:
            script = folder / "src" / "score.py"
            script.write_text(script.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
        code, printed = type_line(step.line, folder, replaced)
        assert code == step.code, f"{step.line}\n{printed}"
        assert step.prints in printed, f"{step.line}\n{printed}"


def type_line(line: str, folder: Path, replaced: dict[str, str]) -> tuple[int, str]:
    """Its exit code and all that it prints. Nobody is at the terminal, so that a question is agreed to by a flag."""
    for word, other in replaced.items():
        line = line.replace(word, other)
    words = shlex.split(line)
    if words[0] == "python":
        trained = subprocess.run(
            [sys.executable, *words[1:]], cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        return trained.returncode, trained.stdout + trained.stderr
    asks = words[1] in {"promote", "rollback"} and "--plan" not in words and "--render" not in words
    done = typed([*words[1:], *(["--yes"] if asks else [])], folder)
    return done.code, done.out + done.err


def on_processes(folder: Path) -> None:
    """Let the deployment run in this interpreter, and soon be asked whether it is ready."""
    with (folder / "blue-deployment.yml").open("a", encoding="utf-8") as file:
        file.write(PROCESS)


def on_the_test_image(folder: Path) -> None:
    """Let the deployment be built on the image of the tests, which has the production layout."""
    path = folder / "blue-deployment.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"image: \S+", f"image: {require_image()}", text), encoding="utf-8")


def as_validated_on_docker(folder: Path) -> None:
    """The receipt of processes, as the runtime docker would have written it."""
    workspace = Workspace(folder)
    (path,) = (workspace.folder / "receipts").glob("*.json")
    receipt = Receipt.model_validate_json(path.read_bytes())
    write(workspace, receipt.model_copy(update={"runtime": "docker", "image_id": f"sha256:{DIGEST}"}))


@pytest.mark.docker
def test_to_a_docker_host_and_back(folder: Path, tmp_path: Path) -> None:
    """Every line prints what the page promises, on a host of its own; two rollbacks leave nothing there."""
    on_the_test_image(folder)
    (tmp_path / "host").mkdir()
    with second_engine(tmp_path / "host") as host:
        options = f"--target-option bind={host.address} --target-option allow-plain-tcp=yes"
        there = {"docker: ": f"docker:{host.url} {options} ", "5s": "2s"}
        walk(folder, TO_A_DOCKER_HOST, **there)
        walk(folder, [Step("devkit rollback", "blue 100 % -> no traffic")])
        assert host.names() == set()


def test_to_azure_and_back(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line prints what the page promises, with a control plane of ours in Azure's place."""
    on_processes(folder)
    monkeypatch.setenv("DEVKIT_AZURE_TOKEN", "first")
    (tmp_path / "azure").mkdir()
    azure = Workbench(tmp_path / "azure")
    try:
        token = daemon.ensure(azure.workspace).token
        with front(azure.client, token) as there:
            options = f"--target-option url={there.url} --target-option storage={there.url}/blobs"
            walk(folder, TO_AZURE, **{"--plan": f"--plan {options}", "5m": f"0s {options}"})
        assert azure.client.list_endpoints() == []
    finally:
        azure.close()
    assert azure.processes() == {}


def test_to_files_for_a_cluster(folder: Path) -> None:
    """The files are written as the page says, and name the images as a push will."""
    on_processes(folder)
    walk(folder, [TRAIN, VALIDATE])
    as_validated_on_docker(folder)
    walk(folder, TO_A_CLUSTER[1:])
    kustomization = yaml.safe_load((folder / "manifests" / "kustomization.yaml").read_text(encoding="utf-8"))
    assert all((folder / "manifests" / each).is_file() for each in kustomization["resources"])


@pytest.mark.docker
def test_to_a_cluster(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command without `--render` builds and pushes the images, and applies what names them by digest."""
    on_the_test_image(folder)
    walk(folder, [TRAIN, TO_A_CLUSTER[0]])
    (tmp_path / "registry").mkdir()
    cluster = FakeCluster()
    try:
        monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "kubeconfig")))
        cluster.objects["gateways", "serving", "public"] = copy.deepcopy(GATEWAY)
        with (
            registry(tmp_path / "registry") as port,
            start_server(str(folder / "src" / "score.py"), "--model_dir", str(folder), "--port", "0") as gateway,
        ):
            gateway.wait_ready(120)  # scikit-learn takes its time beside a build
            more = f"--target-option url=http://127.0.0.1:{gateway.port} --target-option gateway=public --hold 0s"
            applied = Step(TO_A_CLUSTER[1].line, "clients ask http://")
            there = {"registry.example": f"localhost:{port}", "staging": "fake", "--render manifests": more}
            try:
                walk(folder, [applied], **there)
            finally:
                forget(require_engine(), f"localhost:{port}/team/diabetes")
        pod = cluster.objects["deployments", "serving", "diabetes-blue"]["spec"]["template"]["spec"]
        assert all(f"localhost:{port}/team/diabetes@sha256:" in each["image"] for each in pod["containers"])
    finally:
        cluster.close()
