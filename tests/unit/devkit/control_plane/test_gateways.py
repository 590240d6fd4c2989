from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devkit.control_plane.gateways import Gateways
from devkit.control_plane.records import EndpointRecord
from devkit.control_plane.store import Store
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.gateway.config import GatewayConfig


class Running:
    """Gateways without processes: the folders over which one runs."""

    def __init__(self) -> None:
        self.folders: set[Path] = set()

    def apply(self, folder: Path, config: GatewayConfig) -> None:
        """Start one if need be."""
        self.folders.add(folder)

    def ensure(self, folder: Path) -> bool:
        """Start one if need be, and say so."""
        started = folder not in self.folders
        self.folders.add(folder)
        return started

    def stop(self, folder: Path) -> None:
        """End it."""
        self.folders.discard(folder)

    def state(self, folder: Path) -> dict[str, Any]:
        """No figures."""
        return {}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    workspace.prepare()
    return workspace


@pytest.fixture
def store(workspace: Workspace) -> Iterator[Store]:
    store = Store(workspace.database)
    body = {"properties": {"authMode": "Key"}}
    store.endpoints.put(EndpointRecord("demo", 5000, "one", "two", created=1.0, modified=1.0, body=body))
    yield store
    store.close()


def test_a_gateway_that_ended_is_started_again(workspace: Workspace, store: Store) -> None:
    """Nobody asked for its end."""
    running = Running()
    gateways = Gateways(workspace, store, running, lambda endpoint: {})
    gateways.publish("demo")
    running.folders.clear()
    gateways.keep("demo")
    assert running.folders == {workspace.gateway("demo")}


def test_none_is_started_before_it_was_told(workspace: Workspace, store: Store) -> None:
    """An endpoint written a moment ago has no folder yet: looking after it starts nothing and fails nothing."""
    running = Running()
    gateways = Gateways(workspace, store, running, lambda endpoint: {})
    gateways.keep("demo")
    assert running.folders == set()
    gateways.publish("demo")
    assert running.folders == {workspace.gateway("demo")}


def test_none_is_started_after_the_end(workspace: Workspace, store: Store) -> None:
    """Instances that end tell of it, and the keeper looks once more: neither leaves a gateway behind."""
    running = Running()
    gateways = Gateways(workspace, store, running, lambda endpoint: {})
    gateways.publish("demo")
    gateways.end()
    gateways.publish("demo")
    gateways.keep("demo")
    assert running.folders == set()
