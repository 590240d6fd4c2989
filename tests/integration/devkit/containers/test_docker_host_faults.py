"""What goes wrong on the way to a Docker host: each fault ends in a finding, nothing half made, and a new try works."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from devkit.promote.errors import PromotionError
from devkit.promote.targets.docker_address import address_of
from devkit.promote.targets.docker_connection import connected
from devkit.promote.targets.docker_shipping import ship_image
from devkit.promote.workflow import roll_back
from tests.support.docker_engine import require_engine, require_image
from tests.support.host_project import HostProject
from tests.support.second_engine import second_engine
from tests.support.tcp_forwarder import TcpForwarder
from tests.support.tiny_image import tiny_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from devkit.promote.targets.base import Target
    from tests.support.second_engine import SecondEngine

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

_NEVER_READY = (
    "import time\ndef init():\n    print('loading for ever', flush=True)\n    time.sleep(3600)\ndef run(d): pass\n"
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondEngine]:
    """The other host's."""
    require_image()
    with second_engine(tmp_path_factory.mktemp("host")) as running:
        yield running


@pytest.fixture
def host(engine: SecondEngine) -> SecondEngine:
    """It, with nothing of the test before."""
    engine.clear()
    return engine


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> str:
    """The test's own."""
    return "f" + "".join(each for each in request.node.name if each.isalnum())[-24:]


@pytest.fixture
def project(tmp_path: Path, endpoint: str) -> HostProject:
    """One user's, with a deployment blue."""
    return HostProject(tmp_path / "one", endpoint, require_image())


@pytest.fixture
def other(tmp_path: Path, endpoint: str) -> HostProject:
    """Another user's on another machine, with a deployment green of the same endpoint."""
    return HostProject(tmp_path / "other", endpoint, require_image(), name="green")


def way(host: SecondEngine) -> tuple[str, dict[str, str]]:
    """The target's address and options."""
    return host.url, {"bind": host.address, "allow-plain-tcp": "yes"}


def asked(host: SecondEngine, endpoint: str) -> Any:
    """What a client of the endpoint is answered."""
    gateway = host.client.containers.get(f"devkit-{endpoint}")
    code, keys = gateway.exec_run(["cat", "/var/lib/devkit-gateway/keys.json"])
    assert code == 0
    (published,) = gateway.ports["8080/tcp"]
    headers = {"Authorization": f"Bearer {json.loads(keys)['primary']}"}
    url = f"http://{host.address}:{published['HostPort']}/score"
    answer = urllib3.request("POST", url, json={}, headers=headers, timeout=60)
    return answer.json() if answer.status == 200 else answer.status


def deployments(host: SecondEngine, endpoint: str) -> set[str]:
    """Of which there are instances."""
    found = (each.removeprefix(f"devkit-{endpoint}-") for each in host.names())
    return {each.split("-")[0] for each in found} - {"devkit"}


def left(host: SecondEngine) -> list[str]:
    """Whatever of a promotion is on the host, images aside."""
    volumes = [str(each.name) for each in host.client.volumes.list()]
    return [*host.names(), *volumes, *(str(each.name) for each in host.client.networks.list(names=["devkit-"]))]


def test_a_connection_that_is_cut_in_the_image(host: SecondEngine, project: HostProject) -> None:
    """The promotion is refused and says why, the host has got nothing, and a new try brings the image there."""
    target = (host.address, 2375)
    with tiny_image(8 << 20) as image, contextlib.closing(require_engine()) as local:
        project.image = image
        refusal = pytest.raises(PromotionError, match=r"ship: .*the connection broke")
        with (
            TcpForwarder(socket.create_server(("127.0.0.1", 0)), target, cut_after=3 << 20) as way_there,
            refusal as cut,
        ):
            project.promote(f"tcp://127.0.0.1:{way_there.port}", {})
        assert "Nothing that serves was changed" in str(cut.value)
        assert project.journal().status == "refused"
        assert image not in {each.id for each in host.client.images.list(all=True)}
        assert not left(host)
        with contextlib.closing(connected(address_of(host.url, {"allow-plain-tcp": "yes"}))) as remote:
            ship_image(local, remote, image, None, lambda _: None)
        assert image in {each.id for each in host.client.images.list()}


def test_a_deployment_that_never_gets_ready(host: SecondEngine, project: HostProject) -> None:
    """It is taken back with all that was made, the finding has its log, and the mended one serves under its name."""
    project.script, project.patience = _NEVER_READY, 20
    with pytest.raises(PromotionError, match="was not ready in time") as failed:
        project.promote(*way(host))
    assert "The target is as it was before" in str(failed.value)
    assert "loading for ever" in failed.value.log
    assert project.journal().status == "returned"
    assert not left(host)

    mended = HostProject(project.folder, project.endpoint, project.image)
    assert mended.promote(*way(host)).status == "done"
    assert asked(host, project.endpoint) == {"word": "kept"}


def test_an_endpoint_changed_between_plan_and_apply(
    host: SecondEngine, project: HostProject, other: HostProject
) -> None:
    """What somebody else did meanwhile is left, nothing is made beside it, and a new plan goes through."""
    project.asked = lambda: other.promote(*way(host))
    with pytest.raises(PromotionError, match="changed by somebody else since the plan was made"):
        project.promote(*way(host))
    assert (other.journal().status, project.journal().status) == ("done", "refused")
    assert deployments(host, project.endpoint) == {"green"}
    assert asked(host, project.endpoint) == {"word": "kept"}

    project.asked = lambda: None
    assert project.promote(*way(host)).status == "done"
    assert deployments(host, project.endpoint) == {"blue", "green"}


def test_two_promotions_at_once_on_one_machine(host: SecondEngine, project: HostProject, endpoint: str) -> None:
    """The second is told that another is going on, and touches nothing; the first comes to its end."""
    second = HostProject(project.folder, endpoint, project.image, name="green")
    found: list[str] = []

    def at_once() -> None:
        with pytest.raises(PromotionError, match="Another promotion of") as refused:
            second.promote(*way(host))
        found.append(str(refused.value))

    project.asked = at_once
    assert project.promote(*way(host)).status == "done"
    assert len(found) == 1
    assert deployments(host, endpoint) == {"blue"}


class Late:
    """A target that, when it is to make the deployment, lets somebody else be faster."""

    def __init__(self, target: Target, first: Callable[[], object]) -> None:
        self._target = target
        self._first = first

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def create(self, progress: Callable[[str], None]) -> None:
        """After the other."""
        self._first()
        self._target.create(progress)


def test_two_machines_that_make_one_deployment_at_once(
    host: SecondEngine, project: HostProject, other: HostProject
) -> None:
    """The slower one takes back its own, and what the faster one made goes on serving."""
    other.name = project.name
    project.opened = lambda target: Late(target, lambda: other.promote(*way(host)))
    with pytest.raises(PromotionError, match="is on the host already") as refused:
        project.promote(*way(host))
    assert "The target is as it was before" in str(refused.value)
    assert (other.journal().status, project.journal().status) == ("done", "returned")
    assert len(host.names()) == 2
    assert asked(host, project.endpoint) == {"word": "kept"}


def test_two_machines_that_make_one_endpoint_at_once(
    host: SecondEngine, project: HostProject, other: HostProject
) -> None:
    """The slower one stops before it takes traffic from the faster one; going back takes only its own away."""
    project.opened = lambda target: Late(target, lambda: other.promote(*way(host)))
    with pytest.raises(PromotionError, match="somebody else changed it"):
        project.promote(*way(host))
    assert (other.journal().status, project.journal().status) == ("done", "failed")
    assert asked(host, project.endpoint) == {"word": "kept"}
    project.opened = lambda target: target
    assert roll_back(project.workspace, None, project.terms()).status == "returned"
    assert deployments(host, project.endpoint) == {"green"}
    assert asked(host, project.endpoint) == {"word": "kept"}

    assert roll_back(other.workspace, None, other.terms()).status == "returned"
    assert all(each.startswith(("devkit-code-", "devkit-model-")) for each in left(host)), "content that both had"
