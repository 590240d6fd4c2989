"""What dies, and what goes on: instances, gateways and the control plane are killed at bad moments."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest

from devkit.control_plane import daemon
from devkit.control_plane.errors import NotFoundError
from tests.support.wheels import make_wheel
from tests.support.workbench import ECHO, Workbench, ask, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAITING = """
import pathlib, time


def init():
    while not pathlib.Path({gate!r}).exists():
        time.sleep(0.05)


def run(data):
    return {{"answer": "after the gate"}}
"""


@pytest.fixture(scope="module")
def serving(bench: Workbench) -> Workbench:
    """A workspace whose endpoint `demo` serves from `blue`."""
    bench.endpoint("demo")
    bench.deploy("demo", "blue", bench.code(ECHO))
    bench.endpoint("demo", traffic={"blue": 100})
    return bench


@pytest.fixture
def scoring(serving: Workbench) -> tuple[str, dict[str, str]]:
    """How the endpoint is asked without the control plane."""
    address = serving.client.get_endpoint("demo")["properties"]["scoringUri"]
    return address, {"Authorization": f"Bearer {serving.client.list_keys('demo')['primaryKey']}"}


def kill_control_plane(bench: Workbench) -> int:
    """Kill it as the system would, and wait for its end."""
    connection = daemon.ensure(bench.workspace)
    psutil.Process(connection.pid).kill()
    until(lambda: not connection.alive(), "the control plane is dead")
    return connection.pid


def test_scoring_outlives_the_control_plane(serving: Workbench, scoring: tuple[str, dict[str, str]]) -> None:
    """With the control plane killed requests are answered, and the next one adopts the same instance and gateway."""
    before = ask(*scoring)
    killed = kill_control_plane(serving)
    assert daemon.running(serving.workspace) is None
    assert ask(*scoring) == before
    assert serving.score("demo") == before, "the next command works, and the instance is the same process"
    assert daemon.ensure(serving.workspace).pid != killed
    assert serving.client.get_deployment("demo", "blue")["properties"]["provisioningState"] == "Succeeded"


def test_what_was_deleted_by_force_serves_on(serving: Workbench) -> None:
    """A restart of the control plane ends no instance because its code was deleted by force: who uses it keeps it."""
    serving.endpoint("forced")
    code = serving.code(ECHO, "forced")
    serving.deploy("forced", "blue", code)
    before = serving.score("forced", "blue")
    serving.client.delete_version("codes", "code", "forced", force=True)
    kill_control_plane(serving)
    assert serving.score("forced", "blue") == before, "the instance is the same process"
    with pytest.raises(NotFoundError):
        serving.client.get_version("codes", "code", "forced")
    with pytest.raises(NotFoundError):
        serving.deploy("forced", "green", code)
    serving.client.delete_endpoint("forced").wait()


def test_a_killed_instance_is_started_again(serving: Workbench) -> None:
    """An instance that is killed comes back by itself, and show tells of the restart."""
    pid = serving.score("demo")["answer"]["pid"]
    for process in (psutil.Process(pid).parent(), psutil.Process(pid)):
        if process is not None and process.pid in serving.processes():
            with contextlib.suppress(psutil.NoSuchProcess):  # the script's ends with the one that started it
                process.kill()
    until(lambda: serving.score("demo")["status"] == 200, "the instance answers again")
    until(lambda: serving.score("demo")["answer"]["pid"] != pid, "it is another process")
    (instance,) = serving.client.list_instances("demo", "blue")
    assert (instance["state"], instance["error"]) == ("Ready", None)


def test_a_killed_gateway_is_started_again(serving: Workbench, scoring: tuple[str, dict[str, str]]) -> None:
    """A gateway that is killed comes back on the same port."""
    gateways = [
        pid for pid, text in serving.processes().items() if "devkit.gateway" in text and "endpoints/demo" in text
    ]
    assert len(gateways) == 1
    psutil.Process(gateways[0]).kill()

    def answers() -> dict[str, Any] | None:
        try:
            return ask(*scoring)
        except Exception:  # noqa: BLE001  nobody listens yet
            return None

    assert until(answers, "the gateway answers again")["status"] == 200


def test_a_roll_out_goes_on_after_a_kill(serving: Workbench, tmp_path: Path) -> None:
    """Killed in the midst of a roll-out, the old serves on, and the next control plane brings it to its end."""
    gate = tmp_path / "gate"
    serving.endpoint("killed")
    serving.deploy("killed", "blue", serving.code(ECHO))
    serving.endpoint("killed", traffic={"blue": 100})
    serving.begin("killed", "blue", serving.code(WAITING.format(gate=str(gate)), "waiting"))
    until(lambda: len(serving.client.list_instances("killed", "blue")) == 2, "the new instance has been started")
    kill_control_plane(serving)
    assert serving.score("killed")["answer"]["answer"] == "ANSWER"
    assert serving.client.get_deployment("killed", "blue")["properties"]["provisioningState"] == "Updating"
    gate.touch()
    until(lambda: serving.score("killed")["answer"]["answer"] == "after the gate", "the new instance serves")
    state = ("killed", "blue")
    until(lambda: len(serving.client.list_instances(*state)) == 1, "the old instance has ended")
    told = until(lambda: _succeeded(serving, *state), "the roll-out has ended")
    assert told["properties"]["devkit.instances"] == "1 of 1 ready"
    serving.client.delete_endpoint("killed").wait()


BACKEND = """
import os, pathlib, shutil, time

here = pathlib.Path(__file__).parent


def build_wheel(folder, config_settings=None, metadata_directory=None):
    with (here / "builds").open("a") as told:
        told.write(f"{{os.getpid()}}\\n")
    while not (here / "gate").exists():
        time.sleep(0.05)
    return os.path.basename(shutil.copy({wheel!r}, folder))
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
CONDA = """
dependencies:
- python={python}
- pip
- pip:
  - --no-index
  - tiny @ {source}
"""


def test_a_build_goes_on_after_a_kill(fresh: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the midst of a build, the next control plane ends it and builds anew; `down` leaves nothing of it."""
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path / "cache"))
    source = tmp_path / "tiny"
    wheel = make_wheel(tmp_path / "wheels", "tiny", "1.0", "VALUE = 'built'\n")
    source.mkdir()
    (source / "backend.py").write_text(BACKEND.format(wheel=str(wheel)))
    (source / "pyproject.toml").write_text(PROJECT)
    conda = CONDA.format(python=f"{sys.version_info[0]}.{sys.version_info[1]}", source=source.as_uri())
    image = {"image": "mcr.example.invalid/image:1", "condaFile": conda}
    environment = fresh.client.put_version("environments", "env", "1", {"properties": image})["id"]
    fresh.endpoint("demo")
    script = "import tiny\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return tiny.VALUE\n"
    fresh.begin("demo", "blue", fresh.code(script), environmentId=environment)
    until(lambda: len(_builds(source)) == 1, "the build goes on")
    kill_control_plane(fresh)
    assert fresh.client.get_deployment("demo", "blue")["properties"]["provisioningState"] == "Creating"
    until(lambda: len(_builds(source)) == 2, "it is built anew")
    until(lambda: not psutil.pid_exists(_builds(source)[0]), "the first build has ended")
    daemon.stop(fresh.workspace)
    assert fresh.processes() == {}
    daemon.ensure(fresh.workspace)
    (source / "gate").touch()
    until(lambda: _succeeded(fresh, "demo", "blue"), "the deployment succeeds")
    assert fresh.score("demo", "blue")["answer"] == "built"


def _builds(source: Path) -> list[int]:
    told = source / "builds"
    return [int(line) for line in told.read_text().splitlines()] if told.exists() else []


def _succeeded(bench: Workbench, endpoint: str, name: str) -> Any:
    properties = bench.client.get_deployment(endpoint, name)["properties"]
    return properties if properties["provisioningState"] == "Succeeded" else None


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workbench]:
    """A workspace without a control plane."""
    bench = Workbench(tmp_path)
    yield bench
    bench.close()


def test_two_commands_at_once_start_one(fresh: Workbench) -> None:
    """Commands that come at the same time get the same control plane, and only one is left running."""
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(daemon.ensure(fresh.workspace).pid)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1
    until(lambda: set(fresh.processes()) == set(found), "the losers of the start have ended")


def test_down_leaves_nothing_running_and_up_finds_everything(fresh: Workbench) -> None:
    """Down ends instances and gateway, a killed control plane's too; up serves again on the same port."""
    fresh.endpoint("demo")
    fresh.deploy("demo", "blue", fresh.code(ECHO))
    address = fresh.endpoint("demo", traffic={"blue": 100})["properties"]["scoringUri"]
    kill_control_plane(fresh)
    assert len(fresh.processes()) >= 2
    assert daemon.stop(fresh.workspace)
    assert fresh.processes() == {}
    assert until(lambda: fresh.score("demo")["status"] == 200, "it serves again")
    assert fresh.client.get_endpoint("demo")["properties"]["scoringUri"] == address


def test_a_taken_port_is_told_and_got_over(fresh: Workbench) -> None:
    """When another program has taken the endpoint's port, show says so; once it is free the endpoint serves again."""
    fresh.endpoint("demo")
    fresh.deploy("demo", "blue", fresh.code(ECHO))
    address = fresh.endpoint("demo", traffic={"blue": 100})["properties"]["scoringUri"]
    port = urlsplit(address).port
    assert port is not None
    daemon.stop(fresh.workspace)
    with socket.create_server(("127.0.0.1", port)):
        told = until(lambda: _trouble(fresh), "show tells of the port")
        assert str(port) in told
    until(lambda: _trouble(fresh) is None, "the gateway runs")
    assert until(lambda: fresh.score("demo")["status"] == 200, "it serves again")


def _trouble(bench: Workbench) -> str | None:
    told: str | None = bench.client.get_endpoint("demo")["properties"]["properties"].get("devkit.gateway")
    return told


def test_down_without_anything_is_nothing(tmp_path: Path) -> None:
    """Where nothing was ever started, down does nothing and leaves nothing."""
    assert not daemon.stop(Workbench(tmp_path).workspace)
    assert list(tmp_path.iterdir()) == []
