"""What a deployment is doing right now: its instances from the control plane, its requests from the gateway."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.control_plane.errors import NotFoundError
from devkit.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devkit.control_plane.client import Client

    Json = dict[str, Any]

__all__ = ["Deployment", "Observation", "Row", "observe", "rows"]

_TIMEOUT_SECONDS = 2.0
_MEBIBYTE = 2**20


@dataclass(frozen=True)
class Deployment:
    """One deployment at one moment."""

    endpoint: str
    name: str
    state: str
    traffic: int
    mirror: int
    instances: Sequence[Mapping[str, Any]]
    """As the control plane's `devkitInstances` tells."""
    counts: Mapping[str, Any] = field(default_factory=dict)
    """As the gateway's `/state` tells; empty when it does not answer."""


@dataclass(frozen=True)
class Observation:
    """Everything that was asked for, at one moment."""

    at: float
    """Of a clock that only goes forward, in seconds."""
    deployments: tuple[Deployment, ...]


@dataclass(frozen=True)
class Row:
    """One line of the view: an instance, or a deployment without any."""

    deployment: Deployment
    instance: Mapping[str, Any]
    rate: float | None
    """Requests per second since the look before; None at the first one."""
    first: bool
    """Whether it is the deployment's first line, which tells of the whole deployment."""

    def cells(self) -> tuple[str, ...]:
        """The texts, in the order of the view's columns."""
        whole, one = self.deployment, self.instance
        counts = whole.counts if self.first else {}
        share = f"{whole.traffic} %" + (f" +{whole.mirror} % mirror" if whole.mirror else "")
        return (
            f"{whole.endpoint}/{whole.name}" if self.first else "",
            whole.state if self.first else "",
            share if self.first else "",
            str(one.get("name", "none")).removeprefix(f"{whole.endpoint}.{whole.name}."),
            _state(one),
            _yes(one.get("liveness")),
            _yes(one.get("readiness")),
            str(one.get("restarts", "")),
            _memory(one.get("memoryBytes")),
            "" if self.rate is None or not self.first else f"{self.rate:.1f}",
            str(counts.get("errors", "")),
            _milliseconds(counts.get("p50_s")),
            _milliseconds(counts.get("p99_s")),
        )

    def shown(self) -> Json:
        """The same as data."""
        whole, one, counts = self.deployment, self.instance, self.deployment.counts
        return {
            "endpoint_name": whole.endpoint,
            "name": whole.name,
            "provisioning_state": whole.state,
            "traffic": whole.traffic,
            "mirror_traffic": whole.mirror,
            "instance": one.get("name"),
            "state": one.get("state"),
            "alive": one.get("liveness"),
            "ready": one.get("readiness"),
            "restarts": one.get("restarts"),
            "memory_bytes": one.get("memoryBytes"),
            "scoring_uri": one.get("scoringUri"),
            "debug_port": one.get("debugPort"),
            "debugger_attached": one.get("debuggerAttached"),
            "path_mappings": one.get("pathMappings") or {},
            "error": one.get("error"),
            "requests": counts.get("requests"),
            "errors": counts.get("errors"),
            "p50_s": counts.get("p50_s"),
            "p99_s": counts.get("p99_s"),
        }


def rows(now: Observation, before: Observation | None) -> list[Row]:
    """The lines of the view; requests per second count from `before`."""
    found = []
    for deployment in now.deployments:
        rate = _rate(deployment, now, before)
        for number, instance in enumerate(deployment.instances or [{}]):
            found.append(Row(deployment, instance, rate, first=number == 0))
    return found


def _rate(deployment: Deployment, now: Observation, before: Observation | None) -> float | None:
    earlier = [each for each in before.deployments if _same(each, deployment)] if before else []
    if before is None or not earlier or "requests" not in deployment.counts:
        return None
    passed = now.at - before.at
    more = deployment.counts["requests"] - earlier[0].counts.get("requests", 0)
    return max(0.0, more / passed) if passed > 0 else None


def _same(one: Deployment, other: Deployment) -> bool:
    return (one.endpoint, one.name) == (other.endpoint, other.name)


def observe(client: Client, folder: Path, endpoint: str | None = None, deployment: str | None = None) -> Observation:
    """Look once.

    Args:
        client: the control plane.
        folder: of the workspace, or below it: the gateways' own addresses lie there.
        endpoint: this one alone; every one if None.
        deployment: those of this name alone; all if None.
    """
    bodies = [client.get_endpoint(endpoint)] if endpoint else client.list_endpoints()
    found: list[Deployment] = []
    for body in bodies:
        counts = _gateway_state(folder, str(body["name"])).get("deployments", {})
        told = [_deployment(client, body, each, counts) for each in client.list_deployments(str(body["name"]))]
        found += [each for each in told if deployment in {None, each.name}]
    return Observation(time.monotonic(), tuple(found))


def _deployment(client: Client, endpoint: Json, body: Json, counts: Mapping[str, Any]) -> Deployment:
    name = str(body["name"])
    return Deployment(
        endpoint=str(endpoint["name"]),
        name=name,
        state=str(body["properties"].get("provisioningState", "")),
        traffic=(endpoint["properties"].get("traffic") or {}).get(name, 0),
        mirror=(endpoint["properties"].get("mirrorTraffic") or {}).get(name, 0),
        instances=_instances(client, str(endpoint["name"]), name),
        counts=counts.get(name, {}),
    )


def _instances(client: Client, endpoint: str, name: str) -> list[Json]:
    try:
        return client.list_instances(endpoint, name)
    except NotFoundError:  # deleted between two looks
        return []


def _gateway_state(folder: Path, endpoint: str) -> Json:
    """What the gateway tells of itself; nothing when it does not run or does not answer."""
    import urllib3

    try:
        path = find_workspace(folder).gateway(endpoint) / "status.json"
        status = json.loads(path.read_text(encoding="utf-8"))
        address = f"http://127.0.0.1:{status['admin_port']}/state"
        headers = {"Authorization": f"Bearer {status['admin_token']}"}
        with urllib3.PoolManager(retries=False, timeout=_TIMEOUT_SECONDS) as pool:
            answer = pool.request("GET", address, headers=headers)
        return dict(json.loads(answer.data)) if answer.status == 200 else {}  # noqa: PLR2004  HTTP
    except (OSError, ValueError, KeyError, urllib3.exceptions.HTTPError):
        return {}


def _state(instance: Mapping[str, Any]) -> str:
    port = instance.get("debugPort")
    debugged = " (debugger)" if instance.get("debuggerAttached") else f" (debug {port})" if port else ""
    return f"{instance.get('state', '')}{debugged}"


def _yes(passing: bool | None) -> str:
    return "" if passing is None else "yes" if passing else "no"


def _memory(size: int | None) -> str:
    return "" if size is None else f"{size / _MEBIBYTE:.0f} MiB"


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.0f} ms"
