"""The state's records as the service's resources; pure."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devkit.control_plane.records import DeploymentRecord, EndpointRecord, OperationRecord, VersionRecord

    Json = dict[str, Any]

__all__ = ["asset", "deployment", "endpoint", "operation", "version"]

_LOCATION = "local"
_PROVIDER = "Microsoft.MachineLearningServices/workspaces"


def endpoint(record: EndpointRecord, root: str, scoring_path: str, told: dict[str, str]) -> Json:
    """An online endpoint; `root` is the workspace's path, `told` are the kit's own properties of its present state."""
    body = copy.deepcopy(record.body)
    base = f"http://127.0.0.1:{record.port}"
    properties = {
        "publicNetworkAccess": "Enabled",
        "properties": {},
        **(body.get("properties") or {}),
        "provisioningState": record.state,
        "scoringUri": f"{base}{scoring_path}",
        "swaggerUri": f"{base}/swagger.json",
    }
    properties["properties"] = {**(properties["properties"] or {}), **told}
    return {
        **_tracked(f"{root}/onlineEndpoints/{record.name}", record.name, "onlineEndpoints", body),
        "identity": body.get("identity") or {"type": "SystemAssigned"},
        "properties": properties,
        "systemData": _system_data(record.created, record.modified),
    }


def deployment(record: DeploymentRecord, root: str, told: dict[str, str]) -> Json:
    """An online deployment; `told` are the kit's own properties of its present state."""
    body = copy.deepcopy(record.body)
    properties = {
        "endpointComputeType": "Managed",
        "egressPublicNetworkAccess": "Enabled",
        **(body.get("properties") or {}),
        "provisioningState": record.state,
    }
    # azure-ai-ml reads the scale settings without asking whether they are there
    properties["scaleSettings"] = properties.get("scaleSettings") or {"scaleType": "Default"}
    properties["properties"] = {**(properties.get("properties") or {}), **told}
    identifier = f"{root}/onlineEndpoints/{record.endpoint}/deployments/{record.name}"
    return {
        **_tracked(identifier, record.name, "onlineEndpoints/deployments", body),
        "sku": body.get("sku") or {"name": "Default", "capacity": 1},
        "properties": properties,
        "systemData": _system_data(record.created, record.modified),
    }


def version(record: VersionRecord, root: str) -> Json:
    """One version of a code, model or environment."""
    properties: Json = {
        "description": None,
        "tags": {},
        "properties": {},
        "isArchived": False,
        "isAnonymous": False,
        "provisioningState": "Succeeded",
        **(record.body.get("properties") or {}),
    }
    if record.kind == "models":
        properties["flavors"] = properties.get("flavors") or {}  # azure-ai-ml reads it without asking
    return {
        "id": f"{root}/{record.kind}/{record.name}/versions/{record.version}",
        "name": record.version,
        "type": f"{_PROVIDER}/{record.kind}/versions",
        "properties": properties,
        "systemData": _system_data(record.created, record.modified),
    }


def asset(kind: str, name: str, versions: list[VersionRecord], root: str) -> Json:
    """A name of codes, models or environments; `versions` has the newest first."""
    properties: Json = {
        "description": None,
        "tags": {},
        "properties": {},
        "isArchived": False,
        "latestVersion": versions[0].version,
        "nextVersion": _next(versions),
    }
    return {
        "id": f"{root}/{kind}/{name}",
        "name": name,
        "type": f"{_PROVIDER}/{kind}",
        "properties": properties,
        "systemData": _system_data(versions[-1].created, versions[0].modified),
    }


def operation(record: OperationRecord, root: str, progress: list[str]) -> Json:
    """The status of a long-running operation."""
    told: Json = {
        "id": f"{root}/{record.id}",
        "name": record.id,
        "status": record.status,
        "startTime": _time(record.started),
        "properties": {"devkit.progress": progress},
    }
    if record.ended is not None:
        told["endTime"] = _time(record.ended)
        told["percentComplete"] = 100.0
    if record.error is not None:
        told["error"] = record.error
    return told


def _tracked(identifier: str, name: str, kind: str, body: Json) -> Json:
    return {
        "id": identifier,
        "name": name,
        "type": f"{_PROVIDER}/{kind}",
        "location": body.get("location") or _LOCATION,
        "tags": body.get("tags") or {},
        "kind": body.get("kind") or "Managed",
    }


def _next(versions: list[VersionRecord]) -> str:
    numbers = [int(record.version) for record in versions if record.version.isdigit()]
    return str(max(numbers, default=0) + 1)


def _system_data(created: float, modified: float) -> Json:
    return {
        "createdAt": _time(created),
        "createdBy": "devkit",
        "createdByType": "User",
        "lastModifiedAt": _time(modified),
        "lastModifiedBy": "devkit",
        "lastModifiedByType": "User",
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()
