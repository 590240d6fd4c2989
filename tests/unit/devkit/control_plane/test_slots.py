"""One instance as the supervisor watches it."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from devkit.control_plane.recipes import Recipe
from devkit.control_plane.records import InstanceRecord
from devkit.control_plane.slots import Slot, SlotState
from devkit.control_plane.store import Store
from devkit.runtime.plan import DeploymentPlan, Flavour, Probe
from devkit.runtime.protocol import CannotRunError, Instance, InstanceState, Prepared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.runtime.protocol import Progress

PROBE = Probe(initial_delay_s=0, period_s=0.05)
PLAN = DeploymentPlan("e", "blue", Flavour.SCRIPT, liveness=PROBE, readiness=PROBE)


class Healthy(BaseHTTPRequestHandler):
    """Answers every probe."""

    def do_GET(self) -> None:
        """Say that all is well."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class FlakyRuntime:
    """An engine that may be stopped, with one instance that answers."""

    name = "docker"

    def __init__(self, port: int) -> None:
        self.answers = True
        self.running = True
        self.started = 0
        self._port = port

    def prepare(self, plan: DeploymentPlan, progress: Progress) -> Prepared:
        """Nothing is needed."""
        return Prepared("digest", {})

    def start(self, plan: DeploymentPlan, prepared: Prepared, name: str, folder: Path) -> Instance:
        """Start the only instance."""
        self._knock()
        self.started += 1
        self.running = True
        return Instance(name, self.name, {}, "127.0.0.1", {5001: self._port})

    def state(self, instance: Instance) -> tuple[InstanceState, int | None]:
        """Say how it stands."""
        self._knock()
        return (InstanceState.RUNNING, None) if self.running else (InstanceState.EXITED, 0)

    def stop(self, instance: Instance, grace_s: float) -> None:
        """End it."""
        self._knock()

    def logs(self, instance: Instance, folder: Path, lines: int) -> str:
        """It prints nothing."""
        return ""

    def memory_bytes(self, instance: Instance) -> int | None:
        """Nobody asks."""
        return None

    def find(self, workspace: Path) -> list[Instance]:
        """Nobody asks."""
        return []

    def _knock(self) -> None:
        if not self.answers:
            raise CannotRunError("Docker does not answer", code="ResourceNotReady")


@pytest.fixture
def runtime() -> Iterator[FlakyRuntime]:
    """A runtime whose instance answers its probes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Healthy)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield FlakyRuntime(server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_engine_that_was_stopped_and_is_back(runtime: FlakyRuntime, tmp_path: Path) -> None:
    """Its instance leaves rotation and says why; the container that the stop ended is started again afterwards."""
    with _slot(runtime, tmp_path) as slot:
        _await(slot, SlotState.READY)
        runtime.answers, runtime.running = False, False
        _await(slot, SlotState.UNREADY)
        assert slot.error is not None
        assert slot.error.message == "Docker does not answer"
        runtime.answers = True
        _await(slot, SlotState.READY)
        assert runtime.started == 2


def test_an_engine_that_stops_in_mid_roll_out(runtime: FlakyRuntime, tmp_path: Path) -> None:
    """An instance that never served fails its roll-out."""
    runtime.answers = False
    with _slot(runtime, tmp_path) as slot:
        _await(slot, SlotState.FAILED)
        assert slot.error is not None
        assert slot.error.code == "ResourceNotReady"


@contextmanager
def _slot(runtime: FlakyRuntime, folder: Path) -> Iterator[Slot]:
    store = Store(folder / "state.db")
    record = InstanceRecord("e.blue.1.0", "e", "blue", 1)
    slot = Slot(record, Recipe(PLAN, runtime), folder=folder / "i", store=store, changed=lambda _: None)
    slot.open()
    try:
        yield slot
    finally:
        slot.close(0)
        store.close()


def _await(slot: Slot, state: SlotState) -> None:
    deadline = time.monotonic() + 20
    while slot.state is not state:
        assert time.monotonic() < deadline, (slot.state, slot.error)
        time.sleep(0.01)
