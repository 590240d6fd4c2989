"""Whether what a workspace serves is ready for requests: what ``devkit up`` waits for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.control_plane.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devkit.control_plane.client import Client

__all__ = ["Standing", "await_settled", "await_started", "standing"]

_LOOK_EVERY_SECONDS = 0.1
_UNDER_WAY = frozenset({"Creating", "Updating", "Deleting"})


@dataclass(frozen=True)
class Standing:
    """How a deployment, or the gateway of an endpoint, stands at one moment."""

    name: str
    """For people: endpoint/deployment, or the endpoint's gateway."""
    ready: int = 0
    instances: int = 0
    settled: bool = True
    """Whether waiting longer is of no use: it is ready, or it has failed."""
    under_way: bool = False
    """Whether a roll-out or a deletion goes on."""
    failure: str | None = None
    """Why it does not serve; None while it does, or still may."""

    def __str__(self) -> str:
        if self.failure is not None:
            return f"{self.name} does not serve: {self.failure}"
        return f"{self.name}: {self.ready} of {self.instances} instances ready"


def standing(name: str, state: str, instances: Sequence[Mapping[str, Any]]) -> Standing:
    """Judge a deployment.

    An instance that died once, or fails its readiness probe for good, has failed: it is started again and again, and
    may come back, but nobody should wait for that.

    Args:
        name: for people.
        state: its provisioning state.
        instances: as `devkitInstances` tells.
    """
    ready = sum(each["state"] == "Ready" and each["settled"] for each in instances)
    failures = [_failure(each) for each in instances if each["state"] != "Ready"]
    told = [failure for failure in failures if failure is not None]
    if not instances and state not in _UNDER_WAY:
        told = ["it has no instances; see devkit online-deployment get-logs."]
    under_way = state in _UNDER_WAY
    settled = not under_way and ready + len(told) >= len(instances)
    return Standing(name, ready, len(instances), settled, under_way, told[0] if settled and told else None)


def _failure(instance: Mapping[str, Any]) -> str | None:
    if instance["error"]:
        return str(instance["error"])
    return f"instance {instance['name']} fails its readiness probe." if instance["readiness"] is False else None


def await_settled(client: Client, tell: Callable[[str], None]) -> list[Standing]:
    """Wait until every deployment of the workspace is ready or has failed; give those that do not serve.

    There is no limit of its own: a deployment's probes have theirs.

    Args:
        client: the control plane.
        tell: is given a line for each change.
    """
    told: dict[str, str] = {}
    while True:
        found = _look(client)
        for each in found:
            if told.get(each.name) != str(each) and (each.instances or each.failure):
                tell(str(each))
                told[each.name] = str(each)
        if all(each.settled for each in found):
            return [each for each in found if each.failure is not None]
        time.sleep(_LOOK_EVERY_SECONDS)


def await_started(client: Client, endpoint: str, tell: Callable[[str], None]) -> bool:
    """Wait for deployments of an endpoint whose first instance is still on its way, though no roll-out goes on.

    So it is for as long as init() takes after a start of the control plane.

    Returns:
        Whether there was anything to wait for.
    """
    waited = False
    while coming := [each for each in _of(client, endpoint) if not (each.settled or each.under_way or each.ready)]:
        if not waited:
            for each in coming:
                tell(f"Waiting for {each}")
        waited = True
        time.sleep(_LOOK_EVERY_SECONDS)
    return waited


def _look(client: Client) -> list[Standing]:
    found: list[Standing] = []
    for endpoint in client.list_endpoints():
        name = str(endpoint["name"])
        trouble = (endpoint["properties"].get("properties") or {}).get("devkit.gateway")
        if trouble:
            found.append(Standing(f"the gateway of {name}", failure=trouble))
        found += _of(client, name)
    return found


def _of(client: Client, endpoint: str) -> list[Standing]:
    try:
        return [_deployment(client, endpoint, each) for each in client.list_deployments(endpoint)]
    except NotFoundError:  # deleted between two looks
        return []


def _deployment(client: Client, endpoint: str, body: Mapping[str, Any]) -> Standing:
    name, state = str(body["name"]), str(body["properties"].get("provisioningState", ""))
    return standing(f"{endpoint}/{name}", state, client.list_instances(endpoint, name))
