"""What we render, judged by Kubernetes' own schemas and by the genuine kubectl."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from devkit.promote.kubernetes.files import write
from devkit.promote.kubernetes.manifests import Secrets, manifests
from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment
from tests.support.kubernetes_schemas import KUBECTL, PYTHON, Schemas, is_custom
from tests.support.releases import EXAMPLES, ROOT, WITH_SIDECAR, WITHOUT_SIDECAR, endpoint_of, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.promote.kubernetes.release import Cluster

if not PYTHON.exists() and not os.environ.get("CI"):
    pytest.skip("kubectl is not installed: `make kubectl`", allow_module_level=True)


@pytest.fixture(scope="module")
def schemas() -> Iterator[Schemas]:
    """Kubernetes 1.37's schemas, unknown keys refused."""
    found = Schemas()
    yield found
    found.close()


@pytest.mark.parametrize("cluster", [WITH_SIDECAR, WITHOUT_SIDECAR])
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_object_is_known_to_kubernetes(schemas: Schemas, name: str, cluster: Cluster) -> None:
    """Every built-in object of every example is right by the schema of its kind, without an unknown key."""
    with_secret = replace(cluster, pull_secret="registry-login")  # noqa: S106  a Secret's name
    found = manifests(endpoint_of(ROOT / "examples" / name), with_secret, Secrets(keys=("one", "two")))
    judged = {each["kind"]: schemas.mistake_of(each) for each in found if not is_custom(each)}
    assert {"Deployment", "Service", "PodDisruptionBudget", "ServiceAccount"} <= set(judged)
    assert {kind: mistake for kind, mistake in judged.items() if mistake is not None} == {}


def test_an_autoscaler_and_gpus_are_known_to_kubernetes(schemas: Schemas) -> None:
    """What no example has is judged too: an autoscaler, GPUs of a cluster, and Secrets of variables."""
    release = endpoint_of(ROOT / "examples" / "kubernetes")
    keys = {
        "scale_settings": {"type": "target_utilization", "max_instances": 4},
        "resources": {"limits": {"nvidia.com/gpu": "1"}},
    }
    document = KubernetesOnlineDeployment.model_validate({"name": "blue", "endpoint_name": "word-counts", **keys})
    first = replace(release.deployments[0], document=document)
    secrets = Secrets(variables={"blue": {"PASSWORD": "swordfish"}})
    found = manifests(replace(release, deployments=(first,)), WITH_SIDECAR, secrets)
    judged = {each["kind"]: schemas.mistake_of(each) for each in found if not is_custom(each)}
    assert {"HorizontalPodAutoscaler", "Secret"} <= set(judged)
    assert {kind: mistake for kind, mistake in judged.items() if mistake is not None} == {}


def test_the_judge_refuses(schemas: Schemas) -> None:
    """The schemas do refuse: a key that does not exist is told."""
    found = manifests(endpoint_of(ROOT / "examples" / "sklearn"), WITHOUT_SIDECAR)
    deployment = next(each for each in found if each["kind"] == "Deployment")
    deployment["spec"]["replicaz"] = 1
    assert "replicaz" in str(schemas.mistake_of(deployment))


@pytest.mark.parametrize("name", EXAMPLES)
def test_kubectl_builds_the_kustomization(tmp_path: Path, name: str) -> None:
    """The genuine kubectl reads the folder, and puts together just the objects that were written."""
    files = rendered(name)
    write(files, tmp_path)
    built = subprocess.run([KUBECTL, "kustomize", tmp_path], capture_output=True, text=True, check=True, timeout=60)
    texts = [text for name, text in files.items() if name != "kustomization.yaml"]
    key = lambda each: (each["kind"], each["metadata"]["name"])  # noqa: E731  used twice, below
    assert sorted(yaml.safe_load_all(built.stdout), key=key) == sorted(map(yaml.safe_load, texts), key=key)
