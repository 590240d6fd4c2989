"""Instances as containers of the production layout, on a real engine."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.runtime.docker import DockerRuntime
from devkit.runtime.docker_engine import engine_address
from devkit.runtime.placing import STORAGE_LOG
from devkit.runtime.plan import ResourceLimits
from devkit.runtime.protocol import CannotRunError, Instance, InstanceState
from tests.support.docker_engine import ask
from tests.support.forwarder import Forwarder

if TYPE_CHECKING:
    from tests.support.docker_engine import Bench

pytestmark = [pytest.mark.docker]

TELLS_ALL = """\
import os
from pathlib import Path

def init():
    print("the script's own words")

def run(data):
    model = Path(os.environ["AZUREML_MODEL_DIR"])
    try:
        (model / "model" / "weights.txt").write_text("8")
        wrote = True
    except OSError:
        wrote = False
    return {
        "uid": os.getuid(), "folder": os.getcwd(), "model": str(model), "wrote": wrote,
        "weights": (model / "model" / "weights.txt").read_text(), "greeting": os.environ.get("GREETING"),
    }
"""
ANSWERS = "def init(): pass\ndef run(data): return {answer!r}\n"


def test_the_image_s_own_server_answers(bench: Bench) -> None:
    """runit, nginx and azmlinfsrv of the image serve the script; non-root, where the service has code and model."""
    instance = bench.start(bench.plan(TELLS_ALL, variables={"GREETING": "hello"}))
    status, text = ask(instance.url(5001, "/score"), b"{}")
    assert status == 200
    assert json.loads(text) == {
        "uid": 1000,
        "folder": "/var/azureml-app/src",
        "model": "/var/azureml-app/azureml-models/m/1",
        "wrote": False,
        "weights": "7",
        "greeting": "hello",
    }
    container = bench.container(instance)
    assert container.attrs["Config"]["Cmd"] == ["runsvdir", "/var/runit"]
    assert "runsvdir" in container.attrs["Path"]
    assert "Inferencing HTTP server version: azmlinfsrv/" in bench.log(instance)
    assert "the script's own words" in bench.log(instance)
    assert bench.runtime.memory_bytes(instance) is not None


def test_ports_are_published_on_loopback_alone(bench: Bench) -> None:
    """Nobody else on the network reaches an instance."""
    instance = bench.start(bench.plan(ANSWERS.format(answer=1)), ready=False)
    published = bench.container(instance).attrs["HostConfig"]["PortBindings"]
    assert {at["HostIp"] for each in published.values() for at in each} == {"127.0.0.1"}


def test_another_score_py_builds_nothing(bench: Bench) -> None:
    """Preparing again tells nothing and gives the same image; a new instance runs the new code."""
    first = bench.plan(ANSWERS.format(answer="before"))
    assert ask(bench.start(first).url(5001, "/score"), b"{}") == (200, '"before"')
    prepared = bench.prepare(first)
    second = bench.start(bench.plan(ANSWERS.format(answer="after")), "e.blue.2.0")
    assert bench.progress == []
    assert bench.container(second).attrs["Image"] == prepared.details["image"]
    assert ask(second.url(5001, "/score"), b"{}") == (200, '"after"')


def test_the_instance_type_s_limits_hold(bench: Bench) -> None:
    """Memory and CPUs are the engine's limits; what the machine does not have is said."""
    plan = bench.plan(ANSWERS.format(answer=1), resources=ResourceLimits(cpus=0.5, memory_bytes=512 << 20))
    host = bench.container(bench.start(plan, ready=False)).attrs["HostConfig"]
    assert (host["NanoCpus"], host["Memory"]) == (500_000_000, 512 << 20)
    assert bench.prepare(plan).not_honoured == ()
    larger = bench.prepare(replace(plan, resources=ResourceLimits(cpus=10_000, memory_bytes=1 << 60)))
    assert ["CPUs" in each or "GiB" in each for each in larger.not_honoured] == [True, True]


def test_a_gpu_that_is_not_there_is_refused(bench: Bench) -> None:
    """The message says what is missing, and the container that the engine had made is removed."""
    if "nvidia" in bench.engine.info()["Runtimes"]:
        pytest.skip("this engine has GPUs")
    with pytest.raises(CannotRunError, match="asks for a GPU, and this Docker engine has none") as refusal:
        bench.start(bench.plan(ANSWERS.format(answer=1), resources=ResourceLimits(gpus=1)))
    assert refusal.value.code == "BadArgument"
    assert bench.runtime.find(bench.root) == []


def test_a_script_that_fails_ends_the_container(bench: Bench) -> None:
    """As in the service; its own error is in the log, also after the instance was stopped."""
    instance = bench.start(
        bench.plan("def init(): raise RuntimeError('no such table')\ndef run(data): pass"), ready=False
    )
    assert _ended(bench.runtime, instance)
    assert "no such table" in bench.log(instance)
    bench.runtime.stop(instance, 1)
    assert bench.runtime.state(instance) == (InstanceState.GONE, None)
    assert "no such table" in bench.log(instance)


def test_a_container_of_a_vanished_control_plane_is_found(bench: Bench) -> None:
    """Another runtime finds the same instance, reaches it, and can end it; the same name may start again."""
    plan = bench.plan(ANSWERS.format(answer=1))
    instance = bench.start(plan)
    [found] = type(bench.runtime)().find(bench.root)
    assert found == instance
    assert Instance.from_json(found.to_json()) == instance
    assert ask(found.url(5001, "/score"), b"{}")[0] == 200
    bench.runtime.stop(found, 1)
    assert bench.runtime.find(bench.root) == []
    assert bench.start(plan).name == instance.name


def test_a_killed_container_is_told_and_replaced(bench: Bench) -> None:
    """After kill -9 the state is exited, with its code; an instance of the same name takes its place."""
    plan = bench.plan(ANSWERS.format(answer=1))
    instance = bench.start(plan)
    bench.container(instance).kill()
    assert _ended(bench.runtime, instance) == (InstanceState.EXITED, 137)
    again = bench.start(plan)
    assert ask(again.url(5001, "/score"), b"{}")[0] == 200
    assert bench.runtime.find(bench.root) == [again]
    bench.container(again).remove(force=True)
    assert bench.runtime.state(again) == (InstanceState.GONE, None)
    bench.runtime.stop(again, 1)


def test_an_image_that_nobody_has_is_told(bench: Bench) -> None:
    """The message names the image and how to get it."""
    plan = bench.plan(ANSWERS.format(answer=1))
    missing = replace(plan.environment, image="registry.invalid/devkit/none:1")
    with pytest.raises(CannotRunError, match=r"registry\.invalid/devkit/none:1 is not on this machine") as refusal:
        bench.prepare(replace(plan, environment=missing))
    assert refusal.value.code == "ImageBuildFailure"


def test_an_engine_that_does_not_answer_for_a_while(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nobody knows how the instance stands, which is said; once the engine is back, everything is as before."""
    instance = bench.start(bench.plan(ANSWERS.format(answer=1)))
    address = tmp_path_factory.mktemp("engine") / "docker.sock"
    with Forwarder(address, Path(engine_address()[0].removeprefix("unix://"))) as between:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{address}")
        runtime = DockerRuntime()
        assert runtime.state(instance) == (InstanceState.RUNNING, None)
        between.cut()
        with pytest.raises(CannotRunError, match=f"Docker does not answer at unix://{address}") as failure:
            runtime.state(instance)
        assert failure.value.code == "ResourceNotReady"
        assert "Docker does not answer" in runtime.logs(instance, Path(instance.handle["folder"]), 5)
        assert runtime.memory_bytes(instance) is None
        between.mend()
        assert runtime.state(instance) == (InstanceState.RUNNING, None)
        runtime.stop(instance, 0)
    assert bench.runtime.find(bench.root) == []


def test_what_was_mounted_is_told(bench: Bench) -> None:
    """The storage initializer's log names source, place and size, for model and code."""
    instance = bench.start(bench.plan(ANSWERS.format(answer=1)), ready=False)
    model, code = (Path(instance.handle["folder"]) / STORAGE_LOG).read_text(encoding="utf-8").splitlines()
    assert "/var/azureml-app/azureml-models/m/1/model (1 files, 1 bytes" in model
    assert "/var/azureml-app/src" in code


def _ended(runtime: DockerRuntime, instance: Instance) -> tuple[InstanceState, int | None]:
    deadline = time.monotonic() + 30
    while (state := runtime.state(instance))[0] is InstanceState.RUNNING:
        assert time.monotonic() < deadline, runtime.logs(instance, Path(instance.handle["folder"]), 50)
        time.sleep(0.1)
    return state
