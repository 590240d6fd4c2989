"""Promotion to a second Docker engine, on a host of its own, step by step as the workflow takes them."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from devkit.golden.replay import replay
from devkit.promote.targets.base import TargetError
from devkit.runtime.docker_engine import engine_address
from devkit.runtime.plan import Probe, ResourceLimits
from tests.support.docker_engine import require_engine, require_image
from tests.support.host_promotions import SAYS, Promotions, ask, golden, promoted
from tests.support.second_engine import second_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.second_engine import SecondEngine

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

CRASHES = "import os\ndef init(): raise RuntimeError('the model is spoiled')\ndef run(data): return 1\n"
_HOOK = "#!/bin/sh\nexit 0\n"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondEngine]:
    """The other engine; its stub of NVIDIA's hook makes it hand out GPUs that nobody has."""
    require_image()
    folder = tmp_path_factory.mktemp("host")
    hook = folder / "bin" / "nvidia-container-runtime-hook"
    hook.parent.mkdir()
    hook.write_text(_HOOK)
    hook.chmod(0o755)
    environment = {**os.environ, "PATH": f"{hook.parent}{os.pathsep}{os.environ['PATH']}"}
    with second_engine(folder, environment) as engine:
        yield engine


@pytest.fixture
def promotions(tmp_path: Path, host: SecondEngine, request: pytest.FixtureRequest) -> Iterator[Promotions]:
    """With an endpoint of the test's own, on a host where nothing is left of the test before."""
    host.clear()
    name = "e" + "".join(each for each in request.node.name if each.isalnum())[-24:]
    opened = Promotions(tmp_path, host, name)
    yield opened
    opened.close()


def test_blue_then_green_then_a_bad_one_is_taken_back(promotions: Promotions, host: SecondEngine) -> None:
    """A deployment is shipped, proved by golden requests and given traffic; a later one that fails leaves no trace."""
    host.forget_images()
    told: list[str] = []
    blue = promotions.open("blue", SAYS.format(word="blue"))
    assert not promoted(blue, told, {"blue": 100}).exists
    assert any("Streaming the image" in each for each in told)
    asked = blue.replay_target()
    assert [each.failures for each in replay([golden("blue")], asked)] == [()]
    assert ask(asked.base_url, asked.key) == (200, {"word": "blue", "weights": "7"})
    assert ask(asked.base_url, None)[0] == 401

    told.clear()
    green = promotions.open("green", SAYS.format(word="green"))
    assert promoted(green, told, {"blue": 90, "green": 10}).traffic == {"blue": 100}
    assert not any("Streaming" in each for each in told)
    assert [each.failures for each in replay([golden("green")], green.replay_target())] == [()]
    green.set_mirror(0)
    green.set_traffic({"green": 100})
    assert ask(asked.base_url, asked.key)[1]["word"] == "green"
    seen = green.observe()
    assert seen is not None
    assert seen.requests >= 2
    assert seen.errors == 0

    red = promotions.open("red", CRASHES, readiness=Probe(initial_delay_s=1, period_s=1, failure_threshold=12))
    red.preflight()
    before, containers = red.state(), host.names()
    red.ship(told.append)
    red.create(told.append)
    with pytest.raises(TargetError) as failed:
        red.wait(told.append)
    assert "the model is spoiled" in failed.value.log
    red.restore(before, told.append)
    assert host.names() == containers
    assert red.state() == before
    assert ask(asked.base_url, asked.key)[1]["word"] == "green"


def test_a_mirror_gets_copies(promotions: Promotions) -> None:
    """A new deployment at 0 % answers copies of the live requests, and clients never hear of it."""
    blue = promotions.open("blue", SAYS.format(word="blue"))
    promoted(blue, [], {"blue": 100})
    green = promotions.open("green", SAYS.format(word="green"))
    green.ship(lambda _: None)
    green.create(lambda _: None)
    green.wait(lambda _: None)
    green.set_mirror(50)
    asked = blue.replay_target()
    assert {ask(asked.base_url, asked.key)[1]["word"] for _ in range(6)} == {"blue"}
    assert green.state().mirror == {"green": 50}
    green.set_traffic({"green": 100})
    assert (green.state().mirror, green.state().traffic) == ({}, {"green": 100})


def test_each_step_can_be_done_again(promotions: Promotions, host: SecondEngine) -> None:
    """A promoter that was killed comes to the same end: what runs is taken over, what is half made is redone."""
    first = promotions.open("blue", SAYS.format(word="blue"))
    first.ship(lambda _: None)
    first.create(lambda _: None)
    (name,) = (each for each in host.names() if each.startswith(f"devkit-{promotions.endpoint}-"))
    kept = host.client.containers.get(name).id
    again = promotions.open("blue", SAYS.format(word="blue"))
    again.ship(lambda _: None)
    again.create(lambda _: None)
    assert host.client.containers.get(name).id == kept

    host.client.containers.get(name).remove(force=True)
    image = host.client.images.list()[0]
    half_made = host.client.containers.create(image.id, ["none"], name=name)
    again.create(lambda _: None)
    again.wait(lambda _: None)
    assert host.client.containers.get(name).id != half_made.id


def test_what_cannot_be_started_leaves_nothing(promotions: Promotions, host: SecondEngine) -> None:
    """Where the gateway's port is taken, the reason is told and no container stays behind."""
    target = promotions.open("blue", SAYS.format(word="blue"))
    target.ship(lambda _: None)
    before = host.names()
    port = int(str(target.plan(None)[0].details[0]).rpartition(":")[2])
    blocker = host.client.containers.run(
        host.client.images.list()[0].id,
        ["sleep", "60"],
        entrypoint=[],
        detach=True,
        ports={"80/tcp": (host.address, port)},
    )
    try:
        with pytest.raises(TargetError, match="port is taken"):
            target.create(lambda _: None)
    finally:
        blocker.remove(force=True)
    assert host.names() == before
    target.restore(target.state(), lambda _: None)
    assert not host.client.networks.list(names=[f"devkit-{promotions.endpoint}"])


def test_a_name_that_is_there_is_never_changed(promotions: Promotions) -> None:
    """A deployment of another promotion is left as it is, and the refusal says what to do."""
    first = promotions.open("blue", SAYS.format(word="blue"))
    first.ship(lambda _: None)
    first.create(lambda _: None)
    with pytest.raises(TargetError, match="is on the host already") as refused:
        promotions.open("blue", SAYS.format(word="other"), promotion="another").preflight()
    assert "docker rm -f devkit-" in str(refused.value)


def test_a_gpu_is_asked_of_the_host(promotions: Promotions, host: SecondEngine) -> None:
    """With NVIDIA's hook on the host the containers get their devices."""
    target = promotions.open("blue", SAYS.format(word="blue"), resources=ResourceLimits(gpus=1))
    target.preflight()
    target.ship(lambda _: None)
    target.create(lambda _: None)
    (name,) = (each for each in host.names() if each.startswith(f"devkit-{promotions.endpoint}-"))
    container = host.client.containers.get(name)
    assert container.attrs["HostConfig"]["DeviceRequests"][0]["Capabilities"] == [["gpu"]]
    assert b"NVIDIA_VISIBLE_DEVICES=all" in container.exec_run(["cat", "/proc/1/environ"])[1]


def test_a_host_without_a_gpu_is_refused_before_anything_is_made(promotions: Promotions) -> None:
    """An engine without NVIDIA's hook says so, and the preflight tells what to do."""
    gpu = ResourceLimits(gpus=1)
    target = promotions.open("blue", SAYS.format(word="blue"), to=engine_address()[0], resources=gpu)
    with pytest.raises(TargetError, match="NVIDIA container toolkit") as refused:
        target.preflight()
    assert "could not select device driver" in str(refused.value)
    left = [each for each in require_engine().images.list() if "endpoint-devkit-gpu" in str(each.tags)]
    assert not left


def test_instances_have_limits_and_a_capped_restart(promotions: Promotions, host: SecondEngine) -> None:
    """Memory, logs, restarts and health are bounded; only the gateway has a port on the host."""
    limits = ResourceLimits(cpus=1, memory_bytes=512 << 20)
    target = promotions.open("blue", SAYS.format(word="blue"), resources=limits, instance_count=2)
    promoted(target, [], {"blue": 100})
    names = sorted(each for each in host.names() if each.startswith(f"devkit-{promotions.endpoint}-"))
    assert len(names) == 2
    found = host.client.containers.get(names[0]).attrs
    settings = found["HostConfig"]
    assert settings["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 5}
    assert (settings["Memory"], settings["NanoCpus"]) == (512 << 20, 1_000_000_000)
    assert settings["LogConfig"]["Config"]["max-size"] == "10m"
    assert not settings["PortBindings"]
    assert found["Config"]["Healthcheck"]["Retries"] == 30
    assert all(not each["RW"] for each in found["Mounts"])
    gateway = host.client.containers.get(f"devkit-{promotions.endpoint}").attrs
    (published,) = gateway["HostConfig"]["PortBindings"]["8080/tcp"]
    assert published["HostIp"] == host.address
    with socket.create_connection((host.address, int(published["HostPort"])), 5):
        pass
