"""When a container without a network could not be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from devkit.promote.errors import PromotionError
from devkit.runtime.isolation import internal_network
from devkit.runtime.plan import DeploymentPlan, Flavour
from devkit.runtime.process import ProcessRuntime
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from docker import DockerClient


class Engine:
    """The part of an engine that keeps networks, with the address that it gives its host in them."""

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway
        self.kept: dict[str, Network] = {}

    @property
    def networks(self) -> Engine:
        """The SDK's collection."""
        return self

    def create(self, name: str, *, internal: bool, **_: Any) -> Network:
        """Make one."""
        assert internal
        self.kept[name] = Network(self, name)
        return self.kept[name]

    def list(self, names: list[str]) -> list[Network]:
        """Those whose names are anchored so."""
        return [each for name, each in self.kept.items() if f"^{name}$" in names]


class Network:
    """One of its networks."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        self.attrs = {"IPAM": {"Config": [{"Subnet": "172.18.0.0/16", "Gateway": engine.gateway}]}}

    def reload(self) -> None:
        """It is up to date."""

    def remove(self) -> None:
        """It is gone."""
        del self.engine.kept[self.name]


def test_a_machine_without_a_leg_in_it_refuses() -> None:
    """An engine in a virtual machine has its host's address there, not here: told before anything is started."""
    engine = Engine("203.0.113.1")
    with (
        pytest.raises(CannotRunError, match="without --no-network"),
        internal_network(cast("DockerClient", engine), "one", {}),
    ):
        pytest.fail("nothing may be started in it")
    assert engine.kept == {}


def test_a_network_lasts_while_it_is_used_well() -> None:
    """It stays for the container that was started, and goes when that could not be."""
    engine = Engine("127.0.0.1")
    with internal_network(cast("DockerClient", engine), "one", {}):
        pass
    assert list(engine.kept) == ["one"]
    with pytest.raises(PromotionError), internal_network(cast("DockerClient", engine), "one", {}):
        raise PromotionError("no such image")
    assert engine.kept == {}


def test_a_process_is_never_isolated() -> None:
    """It has the network of this machine, and says so instead of pretending."""
    plan = DeploymentPlan("e", "blue", Flavour.SCRIPT, isolated=True)
    with pytest.raises(CannotRunError, match="runtime docker"):
        ProcessRuntime().prepare(plan, lambda _: None)
