"""A promotion to a cluster from the file to the last share of traffic, and back."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

import pytest

from devkit.promote.context import Terms
from devkit.promote.errors import PromotionError
from devkit.promote.journal import Request, open_journal
from devkit.promote.workflow import promote, resume, show_plan
from devkit.workspace import Workspace
from tests.support.cluster_promotions import GATEWAY, OPTIONS, Project
from tests.support.fake_cluster import FakeCluster, Refused
from tests.support.fake_target import Backend, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Bench:
    """A project, a cluster, and a server that answers in the place of its Gateway."""

    def __init__(self, folder: Path, cluster: FakeCluster, gateway: Backend) -> None:
        self.folder = folder
        self.cluster = cluster
        self.gateway = gateway
        self.told: list[str] = []

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return Workspace(self.folder)

    @property
    def terms(self) -> Terms:
        """Agrees to everything, and does not wait."""
        return Terms(self.told.append, lambda _: True, lambda _: None)

    def request(self, name: str, **options: str) -> Request:
        """The promotion of a deployment, without a receipt."""
        return Request(
            file=Project(self.folder).write(name),
            to="kubernetes:fake/serving",
            options={**OPTIONS, "url": self.gateway.url, **options},
            steps=[10, 100],
            hold_s=0,
            unvalidated="a test",
        )

    def weights(self) -> dict[str, int]:
        """What the route in the cluster says."""
        rule = self.cluster.objects["httproutes", "serving", "numbers"]["spec"]["rules"][-1]
        return {each["name"]: each["weight"] for each in rule["backendRefs"]}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A cluster with a Gateway that answers 42."""
    cluster = FakeCluster()
    cluster.objects["gateways", "serving", "public"] = copy.deepcopy(GATEWAY)
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "kubeconfig")))
    monkeypatch.setenv("DEVKIT_SECRET_CONNECTIONS_DB_CREDENTIALS_PASSWORD", "swordfish")
    monkeypatch.setattr("devkit.promote.targets.kubernetes._POLL_S", 0.05)
    with serving() as gateway:
        yield Bench(tmp_path, cluster, gateway)
    cluster.close()


def test_blue_then_green(bench: Bench) -> None:
    """Blue gets all the traffic, green takes it over in steps, and both Deployments are there."""
    assert promote(bench.request("blue"), bench.workspace, bench.terms).status == "done"
    assert bench.weights() == {"numbers-blue": 100}
    assert promote(bench.request("green"), bench.workspace, bench.terms).status == "done"
    assert bench.weights() == {"numbers-green": 100}
    assert bench.cluster.names("deployments") == {"numbers-blue", "numbers-green"}
    assert "traffic: blue 90 %, green 10 %" in bench.told


def test_a_bad_green_is_taken_back(bench: Bench) -> None:
    """A deployment that answers otherwise leaves the cluster as it was before."""
    promote(bench.request("blue"), bench.workspace, bench.terms)
    before = set(bench.cluster.objects)
    bench.gateway.answer = 43
    with pytest.raises(PromotionError, match="42 became 43"):
        promote(bench.request("green"), bench.workspace, bench.terms)
    assert set(bench.cluster.objects) == before
    assert bench.weights() == {"numbers-blue": 100}
    assert open_journal(bench.workspace, None).status == "returned"


def test_a_green_that_fails_under_traffic_is_taken_back(bench: Bench) -> None:
    """Errors that the pods' sidecars count, above --max-error-rate, end the promotion at the first step."""
    promote(bench.request("blue"), bench.workspace, bench.terms)
    looks: list[str] = []

    def counted(pod: str, _: list[str]) -> tuple[int, str]:
        looks.append(pod)
        counts = {"200": 90 * len(looks), "502": 10 * len(looks)}
        return 0, json.dumps({"deployments": {"green": {"by_status": counts}}})

    bench.cluster.commands = counted
    with pytest.raises(PromotionError, match=r"10 of 100 requests to green failed; 1\.0% are allowed"):
        promote(bench.request("green"), bench.workspace, bench.terms)
    assert bench.weights() == {"numbers-blue": 100}
    assert set(looks) == {"numbers-green-pod"}


def test_a_server_that_refuses_ends_with_its_words(bench: Bench) -> None:
    """What the cluster forbids in the dry run ends the promotion before anything is made."""
    bench.cluster.refusals.append(Refused(403, "Forbidden", "may not patch serviceaccounts"))
    with pytest.raises(PromotionError, match="may not patch serviceaccounts"):
        promote(bench.request("blue"), bench.workspace, bench.terms)
    assert set(bench.cluster.objects) == {("gateways", "serving", "public")}


def test_an_interrupted_promotion_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A promoter that was killed while it waited goes on with what it has made."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("devkit.promote.targets.kubernetes.KubernetesTarget.wait", killed)
        with pytest.raises(KeyboardInterrupt):
            promote(bench.request("blue"), bench.workspace, bench.terms)
    assert resume(bench.workspace, None, bench.terms).status == "done"
    assert bench.weights() == {"numbers-blue": 100}


def test_the_plan_writes_files_and_asks_nobody(bench: Bench) -> None:
    """`--render` writes the kustomization, offline."""
    folder = bench.folder / "manifests"
    show_plan(bench.request("blue", render=str(folder)), bench.workspace, bench.terms)
    assert bench.cluster.seen == []
    assert len(list(folder.glob("*-*.yaml"))) == 6
