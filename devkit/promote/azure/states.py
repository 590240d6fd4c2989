"""Answers of Azure ML read for a promotion: what is there, what somebody changed, what can be sent back; pure."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from devkit.promote.targets.base import TargetState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Json = dict[str, Any]

__all__ = ["TAG", "absent", "base_of", "made_by", "sendable", "state_of"]

TAG: Final = "devkit-promotion"
"""The tag that an endpoint and a deployment of ours bear; its value is the promotion's id."""
_SENT: Final = ("location", "tags", "identity", "kind", "sku")
_SENT_PROPERTIES: Final = (
    "authMode",
    "compute",
    "description",
    "mirrorTraffic",
    "properties",
    "publicNetworkAccess",
    "traffic",
)
_OPERATION: Final = "AzureAsyncOperationUri"
_SCORE: Final = "/score"


def absent() -> TargetState:
    """No endpoint."""
    return TargetState("absent")


def state_of(endpoint: Json, deployments: Sequence[Json]) -> TargetState:
    """What is there."""
    told = endpoint["properties"]
    return TargetState(
        fingerprint=_fingerprint([endpoint, *sorted(deployments, key=lambda each: str(each["name"]))]),
        exists=True,
        deployments=tuple(sorted(each["name"] for each in deployments)),
        traffic=_shares(told.get("traffic")),
        mirror=_shares(told.get("mirrorTraffic")),
        details={"etag": endpoint.get("etag")},
    )


def made_by(resource: Json) -> str | None:
    """The promotion that made a resource; None for everybody else's."""
    return (resource.get("tags") or {}).get(TAG)


def base_of(scoring_uri: str, route: str) -> str:
    """The address that routes of the container come after: the scoring address without its own.

    Args:
        scoring_uri: of the endpoint; it ends with ``/score`` also where the container has another route, and endpoints
            on Kubernetes have a path before it.
        route: of the container, for scoring.
    """
    for each in (route, _SCORE):
        if scoring_uri.endswith(each):
            return scoring_uri.removesuffix(each).rstrip("/")
    return scoring_uri.rstrip("/")


def sendable(endpoint: Json, **properties: Any) -> Json:
    """The body of PUT for an endpoint as it stands, with some properties changed.

    What only the service writes is left out.
    """
    body = {key: endpoint[key] for key in _SENT if endpoint.get(key) is not None}
    if "identity" in body:
        body["identity"] = _identity(body["identity"])
    told = endpoint["properties"]
    kept = {key: told[key] for key in _SENT_PROPERTIES if told.get(key) is not None}
    if "properties" in kept:
        kept["properties"] = {key: each for key, each in kept["properties"].items() if key != _OPERATION}
    return {**body, "properties": {**kept, **properties}}


def _identity(identity: Json) -> Json:
    users = identity.get("userAssignedIdentities")
    return {"type": identity["type"], **({"userAssignedIdentities": {each: {} for each in users}} if users else {})}


def _shares(shares: Mapping[str, int] | None) -> dict[str, int]:
    return {name: share for name, share in (shares or {}).items() if share}


def _fingerprint(resources: Sequence[Json]) -> str:
    """Of everything that somebody can change; not of how far an operation is."""
    told = [
        {key: each.get(key) for key in ("name", "etag", "tags", "identity", "sku")}
        | {"properties": {key: value for key, value in each["properties"].items() if not _moves(key)}}
        for each in resources
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _moves(key: str) -> bool:
    return key in {"provisioningState", "properties"}
