"""That nothing is taken back at another target than the one that was promoted to. Nothing is connected to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.promote.context import Terms
from devkit.promote.errors import PromotionError
from devkit.promote.journal import Journal, Request
from devkit.promote.resolving import documents_of, resolve_file
from devkit.promote.targets import open_target
from devkit.promote.targets.base import Desired, TargetState
from devkit.promote.workflow import roll_back
from devkit.workspace import Workspace
from tests.support.cluster_promotions import OPTIONS, Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def promoted(folder: Path, to: str, options: Mapping[str, str]) -> Journal:
    """The journal of a promotion that is done, at what the address stands for now."""
    workspace = Workspace(folder)
    found = resolve_file(Project(folder).write("green"), workspace)
    target = open_target(
        to, Desired("one", found.document, found.endpoint, found.plan, found.digests, None), workspace, options
    )
    journal = Journal(
        id="one",
        request=Request(file=folder / "green.yml", to=to, options=options),
        status="done",
        digests=found.digests,
        endpoint=found.plan.endpoint,
        deployment=found.plan.deployment,
        documents=documents_of(found),
        before=TargetState("").to_json(),
        applying=True,
        place=target.place,
    )
    target.close()
    journal.write(workspace)
    return journal


def refusal(folder: Path) -> str:
    """What `devkit rollback` says, which may not even ask."""
    terms = Terms(lambda _: None, lambda _: pytest.fail("it asked"))
    with pytest.raises(PromotionError) as caught:
        roll_back(Workspace(folder), None, terms)
    return str(caught.value)


def test_another_docker_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After DOCKER_HOST was switched, `docker:` is not taken for the engine that was promoted to."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///one.sock")
    journal = promoted(tmp_path, "docker:", {})
    assert journal.place == "docker:unix:///one.sock"
    monkeypatch.setenv("DOCKER_HOST", "unix:///two.sock")
    told = refusal(tmp_path)
    assert "is at docker:unix:///one.sock, and docker: stands for docker:unix:///two.sock now" in told
    assert "set DOCKER_HOST" in told


def kubeconfig(path: Path, current: str) -> None:
    """Two clusters, one of them current."""
    names = ("one", "two")
    told: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": current,
        "clusters": [{"name": each, "cluster": {"server": f"http://{each}.example"}} for each in names],
        "contexts": [{"name": each, "context": {"cluster": each, "user": "any"}} for each in names],
        "users": [{"name": "any", "user": {"token": "any"}}],
    }
    path.write_text(yaml.safe_dump(told))


def test_another_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the current context was switched, `kubernetes:` is not taken for the cluster that was promoted to."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    kubeconfig(tmp_path / "kubeconfig", "one")
    journal = promoted(tmp_path, "kubernetes:/serving", OPTIONS)
    assert journal.place == "kubernetes:one/serving at http://one.example"
    kubeconfig(tmp_path / "kubeconfig", "two")
    told = refusal(tmp_path)
    assert "is at kubernetes:one/serving at http://one.example" in told
    assert "stands for kubernetes:two/serving at http://two.example now" in told
    assert "kubectl config use-context" in told
