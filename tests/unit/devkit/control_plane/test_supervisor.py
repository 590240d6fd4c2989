from __future__ import annotations

import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from devkit.control_plane.operations import Operations
from devkit.runtime.protocol import CannotRunError
from devkit.workspace import Workspace
from tests.support import pretence
from tests.support.pretence import PretendedGateways, PretendedRuntime, body, plan
from tests.support.workbench import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.control_plane.records import OperationRecord

ENDPOINT: dict[str, Any] = {"properties": {"authMode": "Key"}}


class World:
    """A control plane's inside, over a runtime and gateways that pretend."""

    plan = staticmethod(plan)

    def __init__(self, folder: Path) -> None:
        self.runtime, self.gateways = PretendedRuntime(), PretendedGateways()
        self._workspace = Workspace(folder)
        self.operations = self._opened()
        self.operations.start()
        self.wait(self.operations.endpoints.put("demo", ENDPOINT)[1])

    def deploy(self, *arguments: Any, **choices: str) -> OperationRecord:
        """Deploy `blue` and wait for the end."""
        return self.wait(self.operations.deployments.put("demo", "blue", body(*arguments, **choices))[1])

    def wait(self, operation: OperationRecord) -> OperationRecord:
        """Wait for an operation's end."""
        return until(lambda: self._ended(operation), "the operation has ended")  # type: ignore[no-any-return]

    def instances(self) -> list[dict[str, Any]]:
        """The instances of `blue`."""
        return self.operations.deployments.instances("demo", "blue")

    def die(self) -> None:
        """End as by kill -9: nobody watches any longer, and everything runs on."""
        supervisor = self.operations.supervisor
        supervisor._ending.set()
        for slot in supervisor.slots("demo", "blue"):
            slot.abandon()
        self.operations.store.close()

    def rise(self) -> None:
        """Start the next control plane."""
        self.operations = self._opened()
        self.operations.start()

    def _opened(self) -> Operations:
        return Operations(
            self._workspace, runtimes={"process": lambda: self.runtime}, gateways=self.gateways, plan=self.plan
        )

    def _ended(self, operation: OperationRecord) -> OperationRecord | None:
        record, _ = self.operations.jobs.get(operation.id)
        return record if record.ended is not None else None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.operations.shut_down()
    assert world.runtime.running == {}


def test_a_roll_out_never_leaves_fewer_than_before(world: World) -> None:
    """While five instances are replaced, five are in rotation in every configuration that the gateway is told."""
    assert world.deploy("1", 5).status == "Succeeded"
    told = len(world.gateways.configs)
    assert world.deploy("2", 5).status == "Succeeded"
    counts = [len(config.backends["blue"].targets) for config in world.gateways.configs[told:]]
    assert min(counts) == 5
    assert max(counts) == 6
    assert all(".2." in name for name in world.gateways.targets())
    assert sorted(world.runtime.running) == [f"demo.blue.2.{number}" for number in range(5)]


def test_an_instance_leaves_rotation_before_it_ends(world: World) -> None:
    """No configuration ever names an instance that was ended before it was told."""
    world.deploy("1")
    told: list[tuple[set[str], set[str]]] = []
    apply = world.gateways.apply

    def watch(folder: Path, config: Any) -> None:
        named = {target.name for target in config.backends["blue"].targets}
        told.append((named, set(world.runtime.stopped)))
        apply(folder, config)

    world.gateways.apply = watch  # type: ignore[method-assign]
    world.deploy("2")
    assert told
    assert all(not named & stopped for named, stopped in told)


@pytest.mark.parametrize(("how", "code"), [("refuse", "SecretsInjectionError"), ("sick", "ResourceNotReady")])
def test_a_failed_roll_out_leaves_the_old_serving(world: World, how: str, code: str) -> None:
    """Instances that cannot start, or never get ready, fail the roll-out; the old ones were never touched."""
    world.deploy("1", 2)
    getattr(world.runtime, how).add("2")
    ended = world.deploy("2", 2)
    assert ended.status == "Failed"
    assert ended.error is not None
    assert ended.error["code"] == code
    assert world.operations.deployments.get("demo", "blue").state == "Failed"
    assert sorted(world.gateways.targets()) == ["demo.blue.1.0", "demo.blue.1.1"]
    assert sorted(world.runtime.running) == ["demo.blue.1.0", "demo.blue.1.1"]


def test_a_roll_out_that_fails_half_way_brings_back_what_it_replaced(world: World) -> None:
    """Instances that were replaced before a later one failed serve again as they were, and none of the new is left."""
    world.deploy("1", 2)
    told = len(world.gateways.configs)
    world.runtime.most["2"] = 1
    assert world.deploy("2", 2).status == "Failed"
    assert "demo.blue.2.0" in world.runtime.started
    assert sorted(world.gateways.targets()) == ["demo.blue.1.0", "demo.blue.1.1"]
    assert sorted(world.runtime.running) == ["demo.blue.1.0", "demo.blue.1.1"]
    assert min(len(config.backends["blue"].targets) for config in world.gateways.configs[told:]) == 2


def test_a_deployment_that_never_gets_ready_can_be_deleted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleting does not wait for the probes to give up: the roll-out is cancelled, and nothing is left of it."""
    patient = replace(pretence.QUICK, initial_delay_s=600)
    monkeypatch.setattr(pretence, "QUICK", patient)
    world.runtime.sick.add("1")
    rolling = world.operations.deployments.put("demo", "blue", body("1"))[1]
    until(lambda: world.runtime.started, "the instance was started")
    deleting = world.operations.deployments.delete("demo", "blue")
    assert deleting is not None
    assert world.wait(deleting).status == "Succeeded"
    assert world.wait(rolling).status == "Canceled"
    assert world.runtime.running == {}
    assert world.operations.deployments.all("demo") == []


def test_show_counts_the_instances_that_are_missing(world: World) -> None:
    """A deployment whose two instances could not be started says so: none of two is ready, not none of none."""
    world.runtime.refuse.add("1")
    assert world.deploy("1", 2).status == "Failed"
    told = world.operations.deployments.told(world.operations.deployments.get("demo", "blue"))
    assert told["devkit.instances"] == "0 of 2 ready"


def test_the_same_again_restarts_nothing(world: World) -> None:
    """An update that instances cannot see, as of tags, ends and starts none."""
    world.deploy("1")
    again = {**body("1"), "tags": {"a": "b"}}
    world.wait(world.operations.deployments.put("demo", "blue", again)[1])
    assert world.runtime.started == ["demo.blue.1.0"]
    assert world.operations.deployments.get("demo", "blue").body["tags"] == {"a": "b"}


def test_an_instance_that_died_is_started_again(world: World) -> None:
    """An instance that ends by itself leaves rotation, comes back under its name, and its restarts are counted."""
    world.deploy("1")
    world.runtime.exit_codes["demo.blue.1.0"] = 137
    until(lambda: world.gateways.targets() == [], "it left rotation")
    until(lambda: world.gateways.targets() == ["demo.blue.1.0"], "it is back")
    assert world.instances()[0]["restarts"] == 1


def test_a_failing_liveness_probe_restarts(world: World) -> None:
    """An instance that runs and does not answer is ended and started again."""
    world.deploy("1")
    world.runtime.running["demo.blue.1.0"].status = 500
    until(lambda: len(world.runtime.started) == 2, "it was started again")
    until(lambda: world.instances()[0]["state"] == "Ready", "it is ready again")


def test_a_debugger_suspends_probes(world: World) -> None:
    """While somebody is connected to the debug port probes do not count, the gateway has no limit, and show says so."""
    world.deploy("1", **{"devkit.dev": "true"})
    server = world.runtime.running["demo.blue.1.0"]
    with socket.create_connection(("127.0.0.1", server.server_address[1])):
        until(lambda: world.instances()[0]["debuggerAttached"], "the debugger was seen")
        server.status = 500
        until(lambda: world.gateways.configs[-1].backends["blue"].targets[0].no_timeout, "the gateway knows")
        told = world.operations.deployments.told(world.operations.deployments.get("demo", "blue"))
        assert "demo.blue.1.0" in told["devkit.debugger"]
        looks = world.runtime.looks
        until(lambda: world.runtime.looks > looks + 2, "it was looked after for longer than three failed probes take")
        assert world.instances()[0]["state"] == "Ready"
        server.status = 200
    until(lambda: not world.gateways.configs[-1].backends["blue"].targets[0].no_timeout, "the limit is back")
    assert world.runtime.started == ["demo.blue.1.0"]


@pytest.mark.parametrize("jump", [86400.0, -86400.0])
def test_a_clock_that_jumps_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    """When the clock is set a day ahead or back, no instance is restarted and probes go on being asked."""
    world.deploy("1")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + jump)
    slot = world.operations.supervisor.slots("demo", "blue")[0]
    due = slot._readiness.due
    until(lambda: slot._readiness.due > due, "it was asked again")
    assert world.deploy("2").status == "Succeeded"
    assert world.runtime.started == ["demo.blue.1.0", "demo.blue.2.0"]


def test_gateways_are_looked_after_whatever_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that failed, as on a full disk, is not the last one."""
    looks: list[Path] = []

    def fail(folder: Path) -> bool:
        looks.append(folder)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(world.gateways, "ensure", fail)
    until(lambda: len(looks) > 1, "it was looked after again")


def test_what_runs_is_adopted_and_strangers_are_ended(world: World, tmp_path: Path) -> None:
    """After a kill the next control plane takes over instances as they are, and ends those of no deployment."""
    world.deploy("1")
    world.die()
    stranger = plan("demo", "gone", body("1"))
    world.runtime.start(stranger, world.runtime.prepare(stranger, print), "demo.gone.1.0", tmp_path)
    world.rise()
    assert world.gateways.targets() == ["demo.blue.1.0"]
    assert sorted(world.runtime.running) == ["demo.blue.1.0"]
    assert world.instances()[0]["state"] == "Ready"


def test_a_build_that_was_cut_off_is_built(world: World) -> None:
    """Killed in mid-build, the next control plane builds anew, and the operation ends well under its old id."""
    world.runtime.building.clear()
    operation = world.operations.deployments.put("demo", "blue", body("1"))[1]
    until(lambda: world.runtime.builds == 1, "it is being built")
    world.die()
    world.runtime.building.set()
    world.rise()
    assert world.wait(operation).status == "Succeeded"
    assert world.gateways.targets() == ["demo.blue.1.0"]


def test_what_is_missing_is_started(world: World) -> None:
    """An instance that ended while no control plane ran is started by the next."""
    world.deploy("1", 2)
    world.die()
    world.runtime.stop(world.runtime.instance("demo.blue.1.1"), 0)
    world.rise()
    until(lambda: sorted(world.gateways.targets()) == ["demo.blue.1.0", "demo.blue.1.1"], "both serve")


def test_what_can_be_run_no_longer_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment whose model was deleted by force does not come back after a restart, and show tells why."""
    world.deploy("1")
    world.die()
    world.runtime.stop(world.runtime.instance("demo.blue.1.0"), 0)

    def refuse(*_: Any) -> Any:
        raise CannotRunError("There is no model 'prices'.")

    monkeypatch.setattr(World, "plan", staticmethod(refuse))
    world.rise()
    record = world.operations.deployments.get("demo", "blue")
    assert record.state == "Failed"
    assert "There is no model 'prices'." in " ".join(world.operations.deployments.told(record).values())
