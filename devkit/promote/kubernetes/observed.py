"""What the objects in a cluster say: the shares of a route, and how far a roll-out is. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from devkit.promote.kubernetes.naming import DEPLOYMENT_LABEL
from devkit.promote.kubernetes.release import Backend
from devkit.promote.kubernetes.routing import WAIT_ANNOTATION
from devkit.promote.targets.base import TargetState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.promote.kubernetes.release import Manifest

__all__ = [
    "backends_of",
    "gateway_url",
    "given_back",
    "is_rolled_out",
    "missed_deadline",
    "plain_http_caution",
    "state_of",
    "waiting_reason",
]

_DEFAULT_WAIT_S: Final = 5.5
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOPELESS: Final = frozenset(
    {
        *("ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"),
        *("CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"),
    }
)
"""Why a container waits when waiting longer will not help."""


def state_of(route: Manifest | None, services: Sequence[Manifest], deployments: Sequence[Manifest]) -> TargetState:
    """The endpoint as a promotion sees it. The number of pods does not count as a change: an autoscaler moves it."""
    names = {_name(each): _deployment(each) for each in services}
    rule = _shared_rule(route)
    traffic = {
        names[each["name"]]: int(each.get("weight", 1)) for each in rule.get("backendRefs", ()) if each["name"] in names
    }
    mirror = {
        names[each["requestMirror"]["backendRef"]["name"]]: int(each["requestMirror"].get("percent", 100))
        for each in rule.get("filters", ())
        if each["type"] == "RequestMirror" and each["requestMirror"]["backendRef"]["name"] in names
    }
    told = [
        None if route is None else route["spec"],
        *([_name(each), each["spec"]["template"]] for each in deployments),
    ]
    return TargetState(
        hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        exists=route is not None or bool(deployments),
        deployments=tuple(sorted(_deployment(each) for each in deployments)),
        traffic=traffic,
        mirror=mirror,
    )


def backends_of(services: Sequence[Manifest]) -> list[Backend]:
    """The deployments that a route can lead to."""
    return [Backend(_deployment(each), _wait_s(each)) for each in services]


def given_back(now: TargetState, before: TargetState, deployment: str) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Traffic and mirror once a deployment is taken out again.

    Those from before where it has a share of them. Where it has none, whatever they are now is somebody else's wish.
    """
    touched = now.traffic.get(deployment) or now.mirror.get(deployment)
    shares = before if touched else now
    traffic, mirror = (
        {name: percent for name, percent in each.items() if name != deployment}
        for each in (shares.traffic, shares.mirror)
    )
    return traffic, mirror


def is_rolled_out(deployment: Manifest) -> bool:
    """Whether all pods are of the newest description and available: as `kubectl rollout status` judges."""
    status = deployment.get("status") or {}
    wanted = deployment["spec"].get("replicas", 1)
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
        and status.get("updatedReplicas", 0) >= wanted
        and status.get("replicas", 0) <= status.get("updatedReplicas", 0)
        and status.get("availableReplicas", 0) >= status.get("updatedReplicas", 0)
    )


def missed_deadline(deployment: Manifest) -> bool:
    """Whether the cluster gave the roll-out up."""
    status = deployment.get("status") or {}
    return any(
        each["type"] == "Progressing" and each.get("reason") == "ProgressDeadlineExceeded"
        for each in status.get("conditions", ())
    )


def waiting_reason(pods: Sequence[Manifest]) -> str | None:
    """Why a container will never start, in the cluster's words; None while there is hope."""
    for pod in pods:
        for each in (pod.get("status") or {}).get("containerStatuses", ()):
            waiting = (each.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") in _HOPELESS:
                return f"{each['name']} in {_name(pod)}: {waiting['reason']}: {waiting.get('message', '')}".rstrip(": ")
    return None


def gateway_url(gateway: Manifest | None, hostname: str | None) -> str | None:
    """Where a Gateway is reached, by its first HTTP listener; None where it has no address yet."""
    if gateway is None:
        return None
    addresses = (gateway.get("status") or {}).get("addresses") or [{"value": None}]
    host = hostname or addresses[0]["value"]
    listeners = {str(each["protocol"]): int(each["port"]) for each in gateway["spec"].get("listeners", ())}
    if host is None or not listeners:
        return None
    protocol = "HTTPS" if "HTTPS" in listeners and hostname is not None else "HTTP"
    return f"{protocol.lower()}://{host}:{listeners[protocol]}" if protocol in listeners else None


def plain_http_caution(url: str | None) -> list[str]:
    """What anybody on the way could read; nothing by HTTPS, on this machine alone (a forwarded port), or unknown."""
    told = urlsplit(url or "")
    if told.scheme != "http" or told.hostname in _LOOPBACK:
        return []
    return [f"The Gateway speaks plain HTTP at {url}: keys and data can be read on the way there."]


def _shared_rule(route: Manifest | None) -> Mapping[str, Any]:
    """The rule for whoever names no deployment; empty where nobody gets traffic."""
    for rule in (route or {"spec": {}})["spec"].get("rules", ()):
        if not any(match.get("headers") for match in rule.get("matches", ())):
            found: Mapping[str, Any] = rule
            return found
    return {}


def _name(found: Manifest) -> str:
    return str(found["metadata"]["name"])


def _deployment(found: Manifest) -> str:
    return str((found["metadata"].get("labels") or {}).get(DEPLOYMENT_LABEL) or _name(found))


def _wait_s(service: Manifest) -> float:
    try:
        return float(service["metadata"]["annotations"][WAIT_ANNOTATION])
    except (KeyError, TypeError, ValueError):
        return _DEFAULT_WAIT_S
