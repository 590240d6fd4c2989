"""What the pods of a deployment answered, asked of their sidecars by `pods/exec`."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.promote.kubernetes.sidecar import asked
from devkit.promote.targets.base import Observed
from tests.support.cluster_promotions import GATEWAY, OPTIONS, Project
from tests.support.fake_cluster import FakeCluster
from tests.support.sidecars import running_sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.promote.targets.kubernetes import KubernetesTarget

POD = ("pods", "serving", "numbers-blue-pod")


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCluster]:
    """A cluster with a Gateway, and a kubeconfig that leads to it."""
    found = FakeCluster()
    found.objects["gateways", "serving", "public"] = copy.deepcopy(GATEWAY)
    monkeypatch.setenv("KUBECONFIG", str(found.kubeconfig(tmp_path / "kubeconfig")))
    monkeypatch.setenv("DEVKIT_SECRET_CONNECTIONS_DB_CREDENTIALS_PASSWORD", "swordfish")
    yield found
    found.close()


@pytest.fixture
def blue(cluster: FakeCluster, tmp_path: Path) -> Iterator[KubernetesTarget]:
    """A deployment that has rolled out."""
    target = Project(tmp_path).target("blue")
    target.create(lambda _: None)
    target.wait(lambda _: None)
    assert POD in cluster.objects
    yield target
    target.close()


def told(*statuses: int) -> str:
    """A sidecar's state after it has answered so."""
    counts = {str(each): statuses.count(each) for each in statuses}
    return json.dumps({"deployments": {"blue": {"by_status": counts}}})


def test_a_genuine_sidecar_is_asked(cluster: FakeCluster, blue: KubernetesTarget, tmp_path: Path) -> None:
    """The command in the pod is understood by the gateway that runs there, and its counts come back."""
    folder = tmp_path / "sidecar"
    folder.mkdir()
    with running_sidecar(folder) as sidecar:

        def run(_: str, command: list[str]) -> tuple[int, str]:
            assert command == list(asked("state"))
            words = [str(sidecar.state) if each == "/run/endpoint-devkit" else each for each in command[4:]]
            done = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=60, check=False)
            return done.returncode, done.stdout

        cluster.commands = run
        answers = [sidecar.ask(path, Authorization="Bearer first") for path in ("/score", "/score", "/status/503")]
        assert answers == [200, 200, 424]
        assert blue.observe() == Observed(3, 1)


def test_the_counts_of_all_pods_are_added(cluster: FakeCluster, blue: KubernetesTarget) -> None:
    """Each pod is asked; one whose sidecar does not run yet counts as nothing."""
    for name in ("second", "starting"):
        pod = copy.deepcopy(cluster.objects[POD])
        pod["metadata"]["name"] = name
        cluster.objects["pods", "serving", name] = pod
    answers = {POD[2]: (0, told(200, 200)), "second": (0, told(200, 502)), "starting": (1, "")}
    cluster.commands = lambda pod, _: answers[pod]
    assert blue.observe() == Observed(4, 1)


def test_a_pod_that_is_replaced_leaves_its_counts(cluster: FakeCluster, blue: KubernetesTarget) -> None:
    """What a pod had answered before it was replaced stays counted, so that the share of errors is of all requests."""
    cluster.commands = lambda *_: (0, told(200, 502))
    assert blue.observe() == Observed(2, 1)
    successor = copy.deepcopy(cluster.objects.pop(POD))
    successor["metadata"]["name"] = "another"
    cluster.objects["pods", "serving", "another"] = successor
    cluster.commands = lambda *_: (0, told(200))
    assert blue.observe() == Observed(3, 1)


def test_without_the_right_nothing_is_counted(cluster: FakeCluster, blue: KubernetesTarget) -> None:
    """Where pods/exec is forbidden the promotion goes on, and says how it is judged instead."""
    cluster.may_run_commands = False
    assert blue.observe() is None
    lines: list[str] = []
    blue.wait(lines.append)
    assert "golden requests are sent and counted instead" in lines[-1]


def test_a_way_that_is_shut_is_told(cluster: FakeCluster, blue: KubernetesTarget) -> None:
    """Where no pod could ever be asked, as behind a proxy that knows no WebSocket, no count is pretended."""
    assert blue.observe() is None
    cluster.commands = lambda *_: (0, told(200))
    assert blue.observe() == Observed(1, 0)


def test_without_a_sidecar_nothing_is_counted(cluster: FakeCluster, tmp_path: Path) -> None:
    """Nobody is asked where there is nobody to ask."""
    options = {name: value for name, value in OPTIONS.items() if name != "sidecar"}
    target = Project(tmp_path).target("blue", {**options, "no-sidecar": "yes"})
    assert target.observe() is None
    assert cluster.seen == []
