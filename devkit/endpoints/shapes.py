"""Resources as `az ml` prints them: the keys of the YAML documents, and what only a deployed resource has.

The keys and their values are those of azure-ai-ml 1.35.2's own dump of the same bodies (run 2026-11-21); az adds
`resourceGroup` to everything that has an id.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devkit.spec import rest

if TYPE_CHECKING:
    from collections.abc import Mapping

    Json = dict[str, Any]

__all__ = ["asset_names", "deployment_shape", "endpoint_shape", "environment_shape", "model_shape"]

_GROUP = re.compile(r"/resourceGroups/([^/]+)/")


def endpoint_shape(body: Mapping[str, Any]) -> Json:
    """An online endpoint."""
    properties = body["properties"]
    return {
        **rest.endpoint_value(body),
        **_common(body),
        "traffic": properties.get("traffic") or {},
        "mirror_traffic": properties.get("mirrorTraffic") or {},
        **_present(
            kind=body.get("kind"),
            location=body.get("location"),
            scoring_uri=properties.get("scoringUri"),
            openapi_uri=properties.get("swaggerUri"),
            provisioning_state=properties.get("provisioningState"),
        ),
    }


def deployment_shape(body: Mapping[str, Any]) -> Json:
    """An online deployment."""
    kubernetes = body["properties"].get("endpointComputeType") == "Kubernetes"
    return {
        **rest.deployment_value(body),
        **_common(body),
        "type": "kubernetes" if kubernetes else "managed",
        "environment_variables": body["properties"].get("environmentVariables") or {},
        **_present(provisioning_state=body["properties"].get("provisioningState")),
        **_creation(body),
    }


def model_shape(body: Mapping[str, Any]) -> Json:
    """A version of a model."""
    return {**rest.model_value(body), **_common(body, "azureml:"), **_name_and_version(body), **_creation(body)}


def environment_shape(body: Mapping[str, Any]) -> Json:
    """A version of an environment."""
    shape = {**rest.environment_value(body), **_common(body, "azureml:")}
    shape.pop("properties", None)
    return {**shape, **_name_and_version(body), **_creation(body)}


def asset_names(body: Mapping[str, Any]) -> Json:
    """One name of a list of all names of models or environments."""
    latest = body["properties"].get("latestVersion")
    return {"name": body["name"], **_common(body, "azureml:"), **_present(latest_version=latest), **_creation(body)}


def _common(body: Mapping[str, Any], prefix: str = "") -> Json:
    identifier = str(body.get("id", ""))
    group = _GROUP.search(identifier)
    tags = body.get("tags") or body["properties"].get("tags") or {}
    return {
        "id": f"{prefix}{identifier}",
        "tags": tags,
        "properties": body["properties"].get("properties") or {},
        **({"resourceGroup": group[1]} if group else {}),
    }


def _name_and_version(body: Mapping[str, Any]) -> Json:
    parts = str(body["id"]).split("/")
    return {"name": parts[-3], "version": parts[-1]}


_CREATION = {
    "createdAt": "created_at",
    "createdBy": "created_by",
    "createdByType": "created_by_type",
    "lastModifiedAt": "last_modified_at",
    "lastModifiedBy": "last_modified_by",
    "lastModifiedByType": "last_modified_by_type",
}


def _creation(body: Mapping[str, Any]) -> Json:
    data = body.get("systemData")
    if not data:
        return {}
    return {"creation_context": {ours: data[theirs] for theirs, ours in _CREATION.items() if theirs in data}}


def _present(**values: Any) -> Json:
    return {key: value for key, value in values.items() if value is not None}
