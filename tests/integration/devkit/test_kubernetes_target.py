"""Promotion to a cluster: the target, over lightkube, against an API server that holds it to the schemas."""

from __future__ import annotations

import base64
import copy
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from devkit.promote.targets.base import TargetError
from tests.support.cluster_promotions import GATEWAY, OPTIONS, SCRIPT, Project
from tests.support.fake_cluster import FakeCluster, Refused
from tests.support.kubernetes_schemas import PYTHON, Schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from devkit.promote.targets.kubernetes import KubernetesTarget

    Open = Callable[..., KubernetesTarget]

ROUTE = ("httproutes", "serving", "numbers")


@pytest.fixture(scope="module")
def schemas() -> Iterator[Schemas | None]:
    """Kubernetes' own schemas where they are installed; the cluster takes any built-in object where they are not."""
    if not PYTHON.exists() and not os.environ.get("CI"):
        yield None
        return
    found = Schemas()
    yield found
    found.close()


@pytest.fixture
def cluster(schemas: Schemas | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCluster]:
    """A cluster with a Gateway, and a kubeconfig that leads to it."""
    found = FakeCluster(schemas.mistake_of if schemas is not None else None)
    found.objects["gateways", "serving", "public"] = copy.deepcopy(GATEWAY)
    monkeypatch.setenv("KUBECONFIG", str(found.kubeconfig(tmp_path / "kubeconfig")))
    monkeypatch.setenv("DEVKIT_SECRET_CONNECTIONS_DB_CREDENTIALS_PASSWORD", "swordfish")
    yield found
    found.close()


@pytest.fixture
def opened(cluster: FakeCluster, tmp_path: Path) -> Iterator[Open]:
    """Opens targets, and closes them."""
    targets: list[KubernetesTarget] = []

    def open_one(name: str, **options: str) -> KubernetesTarget:
        targets.append(Project(tmp_path).target(name, {**OPTIONS, **options}))
        return targets[-1]

    yield open_one
    for each in targets:
        each.close()


def told(_: str) -> None:
    """Nobody listens."""


def live(opened: Open, name: str) -> KubernetesTarget:
    """A deployment that was promoted and has all the traffic."""
    target = opened(name)
    target.create(told)
    target.wait(told)
    target.set_traffic({name: 100})
    return target


def test_a_first_deployment(cluster: FakeCluster, opened: Open) -> None:
    """Everything is applied without traffic, the roll-out is awaited, then the route's weights give it traffic."""
    lines: list[str] = []
    target = opened("blue")
    assert target.state().exists is False
    target.preflight()
    assert cluster.names("deployments") == set()
    target.create(lines.append)
    assert target.state().traffic == {}
    target.wait(lines.append)
    assert "deployment/numbers-blue rolled out" in lines
    target.set_traffic({"blue": 100})
    state = target.state()
    assert (state.exists, state.deployments, state.traffic) == (True, ("blue",), {"blue": 100})
    secret = cluster.objects["secrets", "serving", "numbers-blue-secrets"]
    assert base64.b64decode(secret["data"]["PASSWORD"]) == b"swordfish"


def test_the_golden_requests_go_past_the_traffic(cluster: FakeCluster, opened: Open) -> None:
    """The Gateway is asked with the header of the deployment and the endpoint's key, which only the Secret has."""
    target = opened("blue")
    target.create(told)
    asked = target.replay_target()
    key = base64.b64decode(cluster.objects["secrets", "serving", "numbers-keys"]["data"]["primaryKey"]).decode()
    assert (asked.base_url, asked.key, asked.deployment) == ("http://numbers.example:80", key, "blue")
    rule = cluster.objects[ROUTE]["spec"]["rules"][0]
    assert rule["matches"][0]["headers"][0]["value"] == "blue"


@pytest.mark.usefixtures("cluster")
def test_a_slow_deployment_is_waited_for(tmp_path: Path) -> None:
    """A golden request may take as long as the deployment grants its clients."""
    project = Project(tmp_path)
    file = project.write("blue")
    file.write_text(f"{file.read_text()}request_settings: {{request_timeout_ms: 170000, max_queue_wait_ms: 2000}}\n")
    target = project.opened("blue", OPTIONS)
    target.create(told)
    assert target.replay_target().timeout_s == 172
    target.close()


def test_green_beside_blue(cluster: FakeCluster, opened: Open) -> None:
    """A second deployment leaves the first's traffic and the endpoint's keys; mirror and weights then move."""
    live(opened, "blue")
    keys = cluster.objects["secrets", "serving", "numbers-keys"]
    green = opened("green")
    green.preflight()
    green.create(told)
    assert green.state().traffic == {"blue": 100}
    assert cluster.objects["secrets", "serving", "numbers-keys"] == keys
    green.set_mirror(20)
    assert (green.state().traffic, green.state().mirror) == ({"blue": 100}, {"green": 20})
    green.set_mirror(0)
    green.set_traffic({"blue": 90, "green": 10})
    state = green.state()
    assert (state.traffic, state.mirror) == ({"blue": 90, "green": 10}, {})


def test_create_again_is_the_same(cluster: FakeCluster, opened: Open) -> None:
    """A promoter that was killed in the middle and began again changes nothing more."""
    target = opened("blue")
    target.create(told)
    target.wait(told)
    before = copy.deepcopy(cluster.objects)
    target.create(told)
    assert cluster.objects == before


def test_going_back_deletes_what_was_made(cluster: FakeCluster, opened: Open) -> None:
    """Blue has its traffic again, green's objects are gone, and nothing of blue's has changed."""
    live(opened, "blue")
    before = copy.deepcopy(cluster.objects)
    green = opened("green")
    state = green.state()
    green.create(told)
    green.set_traffic({"blue": 50, "green": 50})
    green.restore(state, told)
    assert green.state() == state
    assert {key for key in cluster.objects if "green" in key[2]} == set()
    assert set(cluster.objects) == set(before)


def test_going_back_leaves_what_others_set(cluster: FakeCluster, opened: Open) -> None:
    """Traffic that a second machine gave to its own deployment meanwhile stays, though it was another's before."""
    live(opened, "blue")
    green = opened("green")
    state = green.state()
    green.create(told)
    green.set_traffic({"blue": 50, "green": 50})
    live(opened, "red")
    green.restore(state, told)
    assert (green.state().traffic, green.state().deployments) == ({"red": 100}, ("blue", "red"))
    assert {key for key in cluster.objects if "green" in key[2]} == set()


def test_going_back_to_nothing_leaves_what_others_made(cluster: FakeCluster, opened: Open) -> None:
    """A first deployment that is taken back leaves the traffic of one that came meanwhile."""
    blue = opened("blue")
    state = blue.state()
    blue.create(told)
    live(opened, "red")
    blue.restore(state, told)
    assert blue.state().traffic == {"red": 100}
    assert {key for key in cluster.objects if "blue" in key[2]} == set()


def test_going_back_ends_the_mirror(opened: Open) -> None:
    """A deployment that only had copies of requests is taken out of the route, too."""
    live(opened, "blue")
    green = opened("green")
    state = green.state()
    green.create(told)
    green.set_mirror(20)
    green.restore(state, told)
    assert (green.state().traffic, green.state().mirror) == ({"blue": 100}, {})


def test_going_back_to_nothing(cluster: FakeCluster, opened: Open) -> None:
    """A first deployment that is taken back leaves nothing, the keys included; what others made stays."""
    target = opened("blue")
    state = target.state()
    target.create(told)
    target.restore(state, told)
    assert {key for key in cluster.objects if key[0] != "pods"} == {("gateways", "serving", "public")}


@pytest.mark.parametrize(
    ("outcome", "code", "words"),
    [
        ("ImagePullBackOff", "PodFailed", "inference in numbers-blue-pod: ImagePullBackOff"),
        ("CrashLoopBackOff", "PodFailed", "CrashLoopBackOff"),
        ("never", "ProgressDeadlineExceeded", "did not become ready in time"),
    ],
)
def test_a_deployment_that_does_not_start(
    cluster: FakeCluster, opened: Open, outcome: str, code: str, words: str
) -> None:
    """An image that cannot be pulled, a script that dies, a probe that is never ready: told with the pod's log."""
    cluster.outcomes["numbers-blue"] = outcome
    target = opened("blue")
    target.create(told)
    with pytest.raises(TargetError, match=words) as caught:
        target.wait(told)
    assert (caught.value.code, caught.value.log) == (code, "the script's last words")


def test_a_route_of_somebody_else_is_not_taken_over(cluster: FakeCluster, opened: Open) -> None:
    """Fields that another manager owns are left to it: the apply is refused with its name."""
    target = live(opened, "blue")
    path = "/apis/gateway.networking.k8s.io/v1/namespaces/serving/httproutes/numbers"
    route = copy.deepcopy(cluster.objects[ROUTE])
    for each in ("managedFields", "uid", "generation", "resourceVersion", "creationTimestamp"):
        del route["metadata"][each]
    route["spec"]["hostnames"] = ["other.example"]
    cluster.answer("PATCH", path, {"fieldManager": "gitops", "force": "true"}, route)
    with pytest.raises(TargetError, match='conflict with "gitops"') as caught:
        target.set_traffic({"blue": 100})
    assert caught.value.code == "Conflict"


def test_a_change_by_somebody_else_shows(cluster: FakeCluster, opened: Open) -> None:
    """The fingerprint is another after anybody changed a deployment, and the same when only an autoscaler did."""
    target = live(opened, "blue")
    before = target.state().fingerprint
    spec: dict[str, Any] = cluster.objects["deployments", "serving", "numbers-blue"]["spec"]
    spec["replicas"] = 7
    assert target.state().fingerprint == before
    spec["template"]["spec"]["containers"][0]["image"] = "other"
    assert target.state().fingerprint != before


def test_a_busy_server_is_asked_again(cluster: FakeCluster, opened: Open) -> None:
    """429 and 503 are not the end: the same is asked again."""
    cluster.refusals += [Refused(429, "TooManyRequests", "slow down"), Refused(503, "ServiceUnavailable", "not now")]
    assert opened("blue").state().exists is False


@pytest.mark.parametrize(
    ("code", "reason", "remedy"), [(401, "Unauthorized", "Log in"), (403, "Forbidden", "Ask for the right")]
)
def test_a_refusal_says_what_to_do(cluster: FakeCluster, opened: Open, code: int, reason: str, remedy: str) -> None:
    """What the server says is told, with the remedy."""
    cluster.refusals.append(Refused(code, reason, "you may not"))
    with pytest.raises(TargetError, match=rf"you may not\. {remedy}") as caught:
        opened("blue").state()
    assert caught.value.code == reason


def test_without_a_gateway_nothing_begins(cluster: FakeCluster, opened: Open) -> None:
    """The preflight misses the Gateway and changes nothing."""
    with pytest.raises(TargetError, match="There is no Gateway elsewhere in edge"):
        opened("blue", gateway="edge/elsewhere").preflight()
    assert cluster.names("deployments") == set()


@pytest.mark.usefixtures("cluster")
def test_a_way_in_clear_is_told(opened: Open) -> None:
    """Once the Gateway was asked, the plan says that it speaks plain HTTP; a plan that asks nobody cannot know."""
    target = opened("blue")
    assert [each for each in target.cautions() if "plain HTTP" in each] == []
    target.preflight()
    assert "speaks plain HTTP at http://numbers.example:80: keys and data" in target.cautions()[-1]


def test_an_unreachable_cluster(cluster: FakeCluster, opened: Open) -> None:
    """A server that does not answer is a sentence, not a traceback."""
    target = opened("blue")
    cluster.close()
    with pytest.raises(TargetError, match="The cluster cannot be reached to get HTTPRoute numbers"):
        target.state()


def test_the_plan_is_offline_and_renders(cluster: FakeCluster, opened: Open, tmp_path: Path) -> None:
    """A plan against nothing asks nobody, and the option `render` writes the manifests."""
    changes = opened("blue", render=str(tmp_path / "manifests")).plan(None)
    assert cluster.seen == []
    assert [changes[0].what, changes[-1].what] == [f"image {OPTIONS['image']}", "HTTPRoute numbers"]
    assert (tmp_path / "manifests" / "kustomization.yaml").is_file()


def test_what_is_to_be_pushed_is_named_offline(cluster: FakeCluster, tmp_path: Path) -> None:
    """With a registry the plan names both images by tags made of what they hold: another script, another tag."""
    names = []
    for more in ("", "# changed\n"):
        project, options = Project(tmp_path), {"registry": "registry.example/team", "gateway": "public"}
        project.write("blue")
        (tmp_path / "src" / "score.py").write_text(f"{SCRIPT}{more}")
        target = project.opened("blue", options)
        names.append([each.what for each in target.plan(None)[:2]])
    assert cluster.seen == []
    (first, gateway), (second, same) = names
    assert re.fullmatch(r"image registry\.example/team:devkit-[0-9a-f]{24}", first)
    assert re.fullmatch(r"image registry\.example/team:devkit-gateway-[0-9a-f]{24}", gateway)
    assert (first == second, gateway == same) == (False, True)
