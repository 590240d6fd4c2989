"""A promotion to a cluster from the file to the last share of traffic, and back."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

import pytest

from devkit.promote.context import Terms
from devkit.promote.errors import PromotionError
from devkit.promote.journal import Request, open_journal
from devkit.promote.workflow import promote, resume, roll_back, show_plan
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


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("ImagePullBackOff", "will not start: inference in numbers-green-pod: ImagePullBackOff"),
        ("never", "did not become ready in time"),
    ],
)
def test_a_green_that_never_starts_is_taken_back(bench: Bench, outcome: str, words: str) -> None:
    """An image that cannot be pulled and a probe that is never ready end with the reason, and blue serves as before."""
    promote(bench.request("blue"), bench.workspace, bench.terms)
    before = set(bench.cluster.objects)
    bench.cluster.outcomes["numbers-green"] = outcome
    with pytest.raises(PromotionError, match=words):
        promote(bench.request("green"), bench.workspace, bench.terms)
    assert set(bench.cluster.objects) == before
    assert bench.weights() == {"numbers-blue": 100}
    journal = open_journal(bench.workspace, None)
    assert (journal.status, journal.log) == ("returned", "the script's last words")


def test_a_change_between_plan_and_apply_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody else did after the plan was agreed to ends the promotion before anything of it is applied."""
    promote(bench.request("blue"), bench.workspace, bench.terms)
    before = set(bench.cluster.objects)
    spec = bench.cluster.objects["deployments", "serving", "numbers-blue"]["spec"]["template"]["spec"]

    def agreed(_: str) -> bool:
        spec["containers"][0]["image"] = "somebody/elses:1"
        return True

    terms = Terms(bench.told.append, agreed, lambda _: None)
    with pytest.raises(PromotionError, match="was changed by somebody else since the plan was made"):
        promote(bench.request("green"), bench.workspace, terms)
    assert set(bench.cluster.objects) == before
    assert open_journal(bench.workspace, None).status == "refused"


def test_two_promotions_at_once_on_one_machine(bench: Bench) -> None:
    """While one waits for its answer another of the same endpoint is refused, and the first comes to its end."""
    request = bench.request("green")
    refused: list[str] = []

    def meanwhile(_: str) -> bool:
        with pytest.raises(PromotionError, match="Another promotion of numbers to kubernetes:fake/serving") as caught:
            promote(request, bench.workspace, bench.terms)
        refused.append(str(caught.value))
        return True

    terms = Terms(bench.told.append, meanwhile, lambda _: None)
    assert promote(bench.request("blue"), bench.workspace, terms).status == "done"
    assert len(refused) == 1
    assert bench.cluster.names("deployments") == {"numbers-blue"}


def test_two_promotions_at_once_from_two_machines(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Who comes second to apply is refused: the cluster is no longer as its plan saw it."""
    other = Bench(tmp_path_factory.mktemp("other"), bench.cluster, bench.gateway)

    def meanwhile(_: str) -> bool:
        assert promote(other.request("green"), other.workspace, other.terms).status == "done"
        return True

    terms = Terms(bench.told.append, meanwhile, lambda _: None)
    with pytest.raises(PromotionError, match="was changed by somebody else since the plan was made"):
        promote(bench.request("blue"), bench.workspace, terms)
    assert bench.cluster.names("deployments") == {"numbers-green"}
    assert bench.weights() == {"numbers-green": 100}


def test_a_busy_cluster_is_waited_for(bench: Bench) -> None:
    """429 and 5xx with Retry-After in the middle of an apply are asked again, and the promotion comes to its end."""
    busy = [
        Refused(code, reason, "not now")
        for code, reason in ((429, "TooManyRequests"), (503, "ServiceUnavailable"), (500, "InternalError"))
    ]
    for each in busy:
        each.retry_after = "0"

    def agreed(_: str) -> bool:
        bench.cluster.refusals += busy
        return True

    terms = Terms(bench.told.append, agreed, lambda _: None)
    assert promote(bench.request("blue"), bench.workspace, terms).status == "done"
    assert bench.cluster.refusals == []


def test_a_cluster_that_stays_busy_is_a_finding(bench: Bench) -> None:
    """A server that refuses for good ends the promotion with its words, and what was made is taken away."""

    def agreed(_question: str) -> bool:
        for _ in range(4):
            refused = Refused(503, "ServiceUnavailable", "etcd has no leader")
            refused.retry_after = "0"
            bench.cluster.refusals.append(refused)
        return True

    terms = Terms(bench.told.append, agreed, lambda _: None)
    with pytest.raises(PromotionError, match="etcd has no leader"):
        promote(bench.request("blue"), bench.workspace, terms)
    assert set(bench.cluster.objects) == {("gateways", "serving", "public")}


def test_a_token_that_expires_while_it_is_rolled_out(bench: Bench) -> None:
    """401 in the middle ends with what to do, in a state that can be resumed or taken back."""
    bench.cluster.outcomes["numbers-blue"] = "slow"
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        if line.startswith("wait"):
            bench.cluster.refusals += [Refused(401, "Unauthorized", "the token has expired") for _ in range(3)]

    terms = Terms(tell, lambda _: True, lambda _: None)
    with pytest.raises(PromotionError, match=r"the token has expired\. Log in to the cluster again"):
        promote(bench.request("blue"), bench.workspace, terms)
    bench.cluster.refusals.clear()
    roll_back(bench.workspace, None, bench.terms)
    assert {key for key in bench.cluster.objects if key[0] != "pods"} == {("gateways", "serving", "public")}


@pytest.mark.parametrize("built", [False, True], ids=["own image", "built image"])
def test_a_finished_promotion_is_rolled_back_without_its_files(
    bench: Bench, built: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`devkit rollback` gives blue its traffic back and removes green, also when green's files are gone."""
    monkeypatch.setattr("devkit.promote.kubernetes.images.Images.settle", lambda *_: None)  # as if they were pushed
    options = {"url": bench.gateway.url, "gateway": "public", "registry": "registry.example/team"}
    blue, green = (bench.request(name) for name in ("blue", "green"))
    if built:
        blue, green = (each.model_copy(update={"options": options}) for each in (blue, green))
    promote(blue, bench.workspace, bench.terms)
    before = set(bench.cluster.objects)
    promote(green, bench.workspace, bench.terms)
    (bench.folder / "green.yml").unlink()
    assert roll_back(bench.workspace, None, bench.terms).status == "returned"
    assert set(bench.cluster.objects) == before
    assert bench.weights() == {"numbers-blue": 100}
