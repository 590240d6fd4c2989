"""The genuine kubectl, applying and watching what we render."""

from __future__ import annotations

import copy
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from devkit.promote.kubernetes.files import write
from tests.support.fake_cluster import FakeCluster
from tests.support.kubernetes_schemas import KUBECTL, PYTHON, Schemas
from tests.support.releases import rendered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if not PYTHON.exists() and not os.environ.get("CI"):
    pytest.skip("kubectl is not installed: `make kubectl` installs it", allow_module_level=True)


@dataclass
class Kubectl:
    """The command over the rendered manifests of blue-green, and the cluster that it talks to."""

    cluster: FakeCluster
    folder: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; it must end with `code`."""
        config = self.folder / "kubeconfig"
        command = [KUBECTL, "--kubeconfig", config, "--cache-dir", self.folder / "cache", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def apply(self) -> str:
        """Apply the folder. The fake serves no OpenAPI, and validates by itself."""
        return self.run("apply", "--server-side", "--validate=false", "-k", str(self.folder / "manifests"))


@pytest.fixture(scope="module")
def schemas() -> Iterator[Schemas]:
    """Kubernetes' own schemas."""
    found = Schemas()
    yield found
    found.close()


@pytest.fixture
def kubectl(schemas: Schemas, tmp_path: Path) -> Iterator[Kubectl]:
    """A cluster, and the files of the example in a folder."""
    cluster = FakeCluster(schemas.mistake_of)
    cluster.kubeconfig(tmp_path / "kubeconfig")
    write(rendered("blue-green"), tmp_path / "manifests")
    yield Kubectl(cluster, tmp_path)
    cluster.close()


def test_what_is_rendered_is_applied_once(kubectl: Kubectl) -> None:
    """Every object is applied; applied again nothing changes, and `kubectl diff` finds no difference."""
    assert kubectl.apply().count("serverside-applied") == 10
    for name in ("blue", "green"):
        kubectl.run("rollout", "status", f"deployment/house-prices-{name}", "--timeout=20s")
    before = copy.deepcopy(kubectl.cluster.objects)
    kubectl.apply()
    assert kubectl.cluster.objects == before
    assert kubectl.run("diff", "--server-side", "-k", str(kubectl.folder / "manifests")) == ""


def test_kubectl_watches_the_roll_out(kubectl: Kubectl) -> None:
    """`rollout status` waits for the roll-out while it goes on, and ends when it is complete."""
    kubectl.cluster.settle_s = 1.5
    kubectl.apply()
    told = kubectl.run("rollout", "status", "deployment/house-prices-blue", "--timeout=30s")
    assert told.splitlines()[-1] == 'deployment "house-prices-blue" successfully rolled out'


def test_kubectl_tells_a_missed_deadline(kubectl: Kubectl) -> None:
    """A Deployment whose probe is never ready ends the watch with the cluster's reason."""
    kubectl.cluster.outcomes["house-prices-blue"] = "never"
    kubectl.apply()
    told = kubectl.run("rollout", "status", "deployment/house-prices-blue", "--timeout=30s", code=1)
    assert "exceeded its progress deadline" in told


def test_a_wrong_object_is_refused(kubectl: Kubectl) -> None:
    """The cluster holds what it is sent to the schemas: a key that does not exist is refused."""
    path = kubectl.folder / "manifests" / "04-service-house-prices-blue.yaml"
    path.write_text(path.read_text().replace("type: ClusterIP", "tipe: ClusterIP"))
    told = kubectl.run("apply", "--server-side", "--validate=false", "-f", str(path), code=1)
    assert "tipe" in told
    assert kubectl.cluster.names("services") == set()


def test_what_was_applied_is_deleted(kubectl: Kubectl) -> None:
    """A deletion of the folder finds every object by its name and kind."""
    kubectl.apply()
    kubectl.run("rollout", "status", "deployment/house-prices-green", "--timeout=20s")
    kubectl.run("delete", "--wait=false", "-k", str(kubectl.folder / "manifests"))
    assert kubectl.cluster.objects == {}
