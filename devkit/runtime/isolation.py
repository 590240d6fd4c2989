"""Networks for containers that are to reach nothing outside this machine, while it reaches them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import psutil

from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from docker import DockerClient

__all__ = ["address_in", "internal_network", "remove_network"]

_NOWHERE: Final = (
    "A container without a network cannot be asked from here: the engine's networks are not this machine's, as with "
    "Docker Desktop, a rootless engine, or one elsewhere. Validate without --no-network, or on a Linux machine with an "
    "engine of its own."
)


@contextlib.contextmanager
def internal_network(client: DockerClient, name: str, labels: Mapping[str, str]) -> Iterator[str]:
    """A network of the engine that forwards nothing; gone again when what is inside fails.

    An internal network publishes no ports, so that its containers are asked at their own addresses.

    Raises:
        CannotRunError: this machine has no leg in it.
    """
    remove_network(client, name)
    network = client.networks.create(name, driver="bridge", internal=True, labels=dict(labels))
    try:
        network.reload()
        _require_leg(network.attrs)
        yield name
    except BaseException:
        remove_network(client, name)
        raise


def remove_network(client: DockerClient, name: str) -> None:
    """Remove a network; one that is gone is no error, and one that somebody joined stays."""
    from docker.errors import APIError

    for network in client.networks.list(names=[f"^{name}$"]):
        with contextlib.suppress(APIError):
            network.remove()


def address_in(container: Any, network: str) -> str:
    """The container's own address."""
    return str(container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"])


def _require_leg(network: Mapping[str, Any]) -> None:
    """See that the address which the engine gave its host in a network is one of this machine's."""
    gateways = {each["Gateway"].split("/")[0] for each in network["IPAM"]["Config"] or () if each.get("Gateway")}
    own = {each.address for addresses in psutil.net_if_addrs().values() for each in addresses}
    if gateways.isdisjoint(own):
        raise CannotRunError(_NOWHERE, code="BadArgument")
