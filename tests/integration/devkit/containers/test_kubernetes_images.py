"""The images of a promotion to a cluster: built on the validated one, pushed, pulled, and answering as a pod."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from devkit.promote.content_image import is_built_on
from devkit.promote.counts import observed_of
from devkit.promote.kubernetes.options import Address, parse_options
from devkit.promote.kubernetes.sidecar import asked
from devkit.promote.receipt import Receipt
from devkit.promote.resolving import resolve_file
from devkit.promote.targets.base import Desired, TargetError
from devkit.promote.targets.kubernetes import KubernetesTarget
from devkit.workspace import Workspace
from tests.support.cluster_promotions import GATEWAY
from tests.support.docker_engine import forget, require_engine, require_image
from tests.support.fake_cluster import FakeCluster
from tests.support.gateways import until
from tests.support.pods import running_pod, texts_of
from tests.support.registry import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from docker import DockerClient

    from tests.support.pods import Pod

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: numbers
code_configuration: {{code: "src $HOME", scoring_script: score.py}}
model: {{name: weights, version: 3, path: weights.txt}}
environment: {{image: "{image}"}}
instance_type: Standard_DS3_v2
"""
SCRIPT = """\
import os
def init(): pass
def run(data): return open(os.environ["AZUREML_MODEL_DIR"] + "/weights.txt").read()
"""


@dataclass
class Bench:
    """A project, a cluster that holds objects, a registry, and the engine that builds."""

    folder: Path
    cluster: FakeCluster
    engine: DockerClient
    repository: str

    def target(self, **options: str) -> KubernetesTarget:
        """A promotion of blue, whose receipt names the base image."""
        found = resolve_file(self.folder / "blue.yml", Workspace(self.folder))
        receipt = Receipt(
            digests=found.digests,
            runtime="docker",
            image_id=str(self.engine.images.get(require_image()).id),
            init_seconds=1,
            tools={},
            golden=(),
            made_at=dt.datetime.now(dt.timezone.utc),
        )
        desired = Desired("one", found.document, found.endpoint, found.plan, found.digests, receipt)
        told = parse_options({"gateway": "public", **options}, "serving")
        return KubernetesTarget(Address("fake", "serving"), desired, Workspace(self.folder), told, poll_s=0.05)

    def applied(self, plural: str, name: str) -> Any:
        """An object in the cluster."""
        return self.cluster.objects[plural, "serving", name]

    def own_image(self, lines: str, tag: str) -> str:
        """An image that the user has built; its name."""
        folder = self.folder / tag
        folder.mkdir()
        (folder / "Dockerfile").write_text(lines, encoding="utf-8")
        (folder / "score.py").write_text(SCRIPT, encoding="utf-8")
        (folder / "weights.txt").write_text("7", encoding="utf-8")
        self.engine.images.build(path=str(folder), tag=f"{self.repository}:{tag}")
        return f"{self.repository}:{tag}"

    def forget(self) -> None:
        """Have the engine know nothing of the repository."""
        forget(self.engine, self.repository)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A repository of a registry on loopback."""
    require_image()
    with registry(tmp_path_factory.mktemp("registry")) as port:
        yield f"localhost:{port}/team/numbers"


@pytest.fixture
def bench(repository: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """With the project's files; no name of the repository's images stays on the engine."""
    (tmp_path / "src $HOME").mkdir()
    (tmp_path / "src $HOME" / "score.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "weights.txt").write_text("7", encoding="utf-8")
    (tmp_path / "blue.yml").write_text(DEPLOYMENT.format(image=require_image()), encoding="utf-8")
    cluster, engine = FakeCluster(), require_engine()
    cluster.objects["gateways", "serving", "public"] = copy.deepcopy(GATEWAY)
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "kubeconfig")))
    with contextlib.ExitStack() as stack:
        stack.callback(cluster.close)
        stack.callback(engine.close)
        made = Bench(tmp_path, cluster, engine, repository)
        stack.callback(made.forget)
        yield made


def scored(pod: Pod, key: str | None) -> Callable[[], tuple[int, str] | None]:
    """Asks the pod to score; None while it does not listen."""

    def ask() -> tuple[int, str] | None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            answer = urllib3.request("POST", f"{pod.url}/score", json={}, headers=headers, retries=False, timeout=30)
        except urllib3.exceptions.HTTPError:
            return None
        return answer.status, answer.data.decode()

    return ask


def test_what_is_pushed_answers_as_a_pod(bench: Bench, tmp_path: Path) -> None:
    """Both images are built, pushed and pulled by digest; the pod has code and model, and checks the keys."""
    target = bench.target(registry=bench.repository)
    target.preflight()
    target.ship(lambda _: None)
    target.create(lambda _: None)
    target.close()
    deployment = bench.applied("deployments", "numbers-blue")
    names = [each["image"] for each in deployment["spec"]["template"]["spec"]["containers"]]
    assert all(each.startswith(f"{bench.repository}@sha256:") for each in names)
    bench.forget()
    content, _ = pulled = [bench.engine.images.pull(each) for each in names]
    base = bench.engine.images.get(require_image())
    assert all(is_built_on(each.attrs, base.attrs) for each in pulled)
    assert content.attrs["Config"]["Cmd"] == base.attrs["Config"]["Cmd"]

    keys = texts_of(bench.applied("secrets", "numbers-keys"))
    data = {"config": bench.applied("configmaps", "numbers-blue")["data"], "keys": keys}
    with running_pod(bench.engine, deployment, data, tmp_path) as pod:
        assert until(scored(pod, None), within_s=60)[0] == 401
        ready = scored(pod, keys["primaryKey"])
        assert until(lambda: (found := ready()) and found[0] == 200 and found, within_s=60) == (200, '"7"')
        code, output = pod.containers["gateway"].exec_run(list(asked("state")))
        assert code == 0, output
        seen = observed_of(json.loads(output), "blue")
        assert seen.requests - seen.errors >= 1


def test_pushed_again_nothing_changes(bench: Bench) -> None:
    """A promoter that was killed after the push builds nothing anew, and names the same digests."""
    lines: list[str] = []
    found = []
    for _ in range(2):
        target = bench.target(**{"registry": bench.repository, "no-sidecar": "yes"})
        lines.clear()
        target.ship(lines.append)
        found.append(lines[-1])
        target.close()
    assert found[0] == found[1]
    assert len(lines) == 2, lines


def test_rendered_files_name_what_is_pushed(bench: Bench) -> None:
    """Offline the files name the images by the tags that the push uses, and after it by their digests."""
    folder = bench.folder / "manifests"
    target = bench.target(**{"registry": bench.repository, "no-sidecar": "yes", "render": str(folder)})
    changes = target.plan(None)
    assert bench.cluster.seen == []
    (file,) = folder.glob("*-deployment-*.yaml")
    name = changes[0].what.removeprefix("image ")
    assert f"image: {name}\n" in file.read_text()
    lines: list[str] = []
    target.ship(lines.append)
    assert f"pushing {name}" in lines
    assert f"image: {bench.repository}@sha256:" in file.read_text()
    pushed = file.read_text()
    bench.target(**{"registry": bench.repository, "no-sidecar": "yes", "render": str(folder)}).plan(None)
    assert file.read_text() != pushed
    options = {"registry": bench.repository, "no-sidecar": "yes", "render": str(folder), "push": "yes"}
    bench.target(**options).plan(None)
    assert (file.read_text(), bench.cluster.seen) == (pushed, [])


def test_an_image_of_ones_own_by_its_tag(bench: Bench) -> None:
    """Built on the validated one with the validated files it is taken, and the manifests name its digest."""
    target = bench.target(**{"image": _own(bench, "right"), "no-sidecar": "yes"})
    with pytest.raises(TargetError, match=r"docker push localhost:.*:right") as refused:
        target.preflight()
    assert refused.value.code == "NotPushed"
    bench.engine.images.push(bench.repository, "right")
    target.preflight()
    target.create(lambda _: None)
    target.close()
    (container,) = bench.applied("deployments", "numbers-blue")["spec"]["template"]["spec"]["containers"]
    assert container["image"] in bench.engine.images.get(f"{bench.repository}:right").attrs["RepoDigests"]


def test_another_image_is_refused(bench: Bench) -> None:
    """A tag under which something else lies than what was validated is refused, with both ids."""
    name = bench.own_image("FROM scratch\nCOPY score.py /\n", "other")
    target = bench.target(**{"image": name, "no-sidecar": "yes"})
    with pytest.raises(TargetError, match=r"neither the validated one \(sha256:.*\) nor built on it") as refused:
        target.preflight()
    target.close()
    assert refused.value.code == "AnotherImage"


def test_an_image_with_other_files_is_refused(bench: Bench) -> None:
    """An image with another model than the validated one is refused, and the file is named."""
    name = _own(bench, "spoiled", "COPY score.py /var/azureml-app/azureml-models/weights/3/weights.txt\n")
    target = bench.target(**{"image": name, "no-sidecar": "yes"})
    with pytest.raises(TargetError, match=r"does not hold what was validated: weights\.txt at") as refused:
        target.preflight()
    target.close()
    assert refused.value.code == "AnotherContent"


def test_a_registry_that_does_not_take_it(bench: Bench) -> None:
    """Where nobody listens the push fails with the engine's words, before anything is applied."""
    target = bench.target(**{"registry": "localhost:1/team", "no-sidecar": "yes"})
    with pytest.raises(TargetError, match="could not be pushed to localhost:1/team"):
        target.ship(lambda _: None)
    target.close()
    forget(bench.engine, "localhost:1/team")
    assert bench.cluster.names("deployments") == set()


def _own(bench: Bench, tag: str, more: str = "") -> str:
    """An image of the user's own, built on the validated one, with the code and a model."""
    code = json.dumps(["score.py", "/var/azureml-app/src \\$HOME/score.py"])
    model = "COPY weights.txt /var/azureml-app/azureml-models/weights/3/weights.txt"
    return bench.own_image(f"FROM {require_image()}\nCOPY {code}\n{model}\n{more}", tag)
