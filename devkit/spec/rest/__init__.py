"""Between the typed YAML models and the service's REST bodies, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.spec.dumping import document_of
from devkit.spec.rest.fields import from_rest, to_rest
from devkit.spec.rest.tables import DEPLOYMENT, ENDPOINT, ENVIRONMENT, MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.spec.documents.block import Block

    Json = dict[str, Any]

__all__ = [
    "deployment_body",
    "deployment_value",
    "endpoint_body",
    "endpoint_value",
    "environment_body",
    "environment_value",
    "model_body",
    "model_value",
]

_LOCATION = "local"


def endpoint_body(endpoint: Block) -> Json:
    """The body that creates an online endpoint."""
    value = {"auth_mode": "key", **document_of(endpoint)}
    body = to_rest(ENDPOINT, value)
    body.setdefault("identity", {"type": "SystemAssigned"})
    return {"location": _LOCATION, **body}


def endpoint_value(body: Mapping[str, Any]) -> Json:
    """The document's value of an online endpoint's body, with its name."""
    return {"name": body["name"], **from_rest(ENDPOINT, body)}


def deployment_body(deployment: Block) -> Json:
    """The body that creates an online deployment; its model, code and environment must be ids by now."""
    value = document_of(deployment)
    body = {"sku": {"name": "Default", "capacity": 1}, "properties": {}}
    told = to_rest(DEPLOYMENT, value)
    sku = {**body["sku"], **told.pop("sku", {})}
    kubernetes = value.get("type") == "kubernetes"
    properties = {"endpointComputeType": "Kubernetes" if kubernetes else "Managed", **told.pop("properties", {})}
    properties.setdefault("scaleSettings", {"scaleType": "Default"})
    _sample(properties, value)
    return {"location": _LOCATION, "sku": sku, **told, "properties": properties}


def _sample(properties: Json, value: Mapping[str, Any]) -> None:
    """The sampling rate stands once in the document, and at each collection in the body."""
    rate = (value.get("data_collector") or {}).get("sampling_rate")
    for collection in ((properties.get("dataCollector") or {}).get("collections") or {}).values():
        collection["samplingRate"] = 1.0 if rate is None else rate


def deployment_value(body: Mapping[str, Any]) -> Json:
    """The document's value of an online deployment's body, with its name and its endpoint's."""
    endpoint = str(body.get("id", "")).rpartition("/onlineEndpoints/")[2].partition("/")[0]
    value = {"name": body["name"], "endpoint_name": endpoint, **from_rest(DEPLOYMENT, body)}
    collector = body["properties"].get("dataCollector")
    if collector:
        rates = [each.get("samplingRate") for each in (collector.get("collections") or {}).values()]
        value["data_collector"]["sampling_rate"] = next((rate for rate in rates if rate is not None), 1.0)
    return value


def model_body(model: Block) -> Json:
    """The body that registers a version of a model."""
    return {"properties": {"modelType": "custom_model", **to_rest(MODEL, document_of(model)).get("properties", {})}}


def model_value(body: Mapping[str, Any]) -> Json:
    """The document's value of a model version's body; name and version stand in its id."""
    return from_rest(MODEL, body)


def environment_body(environment: Block) -> Json:
    """The body that registers a version of an environment."""
    return {"properties": to_rest(ENVIRONMENT, document_of(environment)).get("properties", {})}


def environment_value(body: Mapping[str, Any]) -> Json:
    """The document's value of an environment version's body; name and version stand in its id."""
    return from_rest(ENVIRONMENT, body)
