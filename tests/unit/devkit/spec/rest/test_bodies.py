"""REST bodies of whole documents, by example."""

from __future__ import annotations

from typing import Any

from devkit.spec import rest
from devkit.spec.kinds import Kind
from devkit.spec.loading import load

ENDPOINT_ID = "/subscriptions/0/resourceGroups/local/providers/Azure/workspaces/w/onlineEndpoints/shop"
DEPLOYMENT: dict[str, Any] = {
    "name": "blue",
    "endpoint_name": "shop",
    "instance_type": "Standard_DS3_v2",
    "instance_count": 2,
    "environment_variables": {"WORKER_COUNT": "4"},
    "request_settings": {"request_timeout_ms": 90000, "max_queue_wait_ms": 500},
    "liveness_probe": {"initial_delay": 10, "failure_threshold": 3},
    "data_collector": {"collections": {"request": {"enabled": "true"}}, "sampling_rate": 0.5},
    "tags": {"team": "vision"},
}


def deployment_body(value: dict[str, Any]) -> dict[str, Any]:
    loaded = load(value, Kind.MANAGED_ONLINE_DEPLOYMENT)
    assert loaded.block is not None
    assert not loaded.problems
    return rest.deployment_body(loaded.block)


def test_a_deployment_becomes_the_services_body() -> None:
    """Durations, enumerations and the instance count stand where the service looks for them."""
    body = deployment_body(DEPLOYMENT)
    properties = body["properties"]
    assert body["sku"] == {"name": "Default", "capacity": 2}
    assert body["tags"] == {"team": "vision"}
    assert properties["endpointComputeType"] == "Managed"
    assert properties["requestSettings"] == {"requestTimeout": "PT1M30S", "maxQueueWait": "PT0.5S"}
    assert properties["livenessProbe"] == {"initialDelay": "PT10S", "failureThreshold": 3}
    assert properties["scaleSettings"] == {"scaleType": "Default"}
    assert properties["dataCollector"]["collections"]["request"] == {
        "dataCollectionMode": "Enabled",
        "samplingRate": 0.5,
    }


def test_a_deployment_comes_back_from_its_body() -> None:
    """What was sent is what a later update starts from."""
    body = {"name": "blue", "id": f"{ENDPOINT_ID}/deployments/blue", **deployment_body(DEPLOYMENT)}
    assert rest.deployment_value(body) == {
        **DEPLOYMENT,
        "type": "managed",
        "scale_settings": {"type": "default"},
        "id": body["id"],
    }
    assert rest.deployment_of(body) == load(rest.deployment_value(body), Kind.MANAGED_ONLINE_DEPLOYMENT).block


def test_an_endpoint_goes_both_ways() -> None:
    """An endpoint keeps its traffic, its login and its identity."""
    value = {"name": "shop", "auth_mode": "aml_token", "traffic": {"blue": 90}, "mirror_traffic": {"green": 10}}
    block = load(value, Kind.MANAGED_ONLINE_ENDPOINT).block
    assert block is not None
    body = rest.endpoint_body(block)
    assert body["properties"]["authMode"] == "AMLToken"
    assert rest.endpoint_value({"name": "shop", **body}) == {
        **value,
        "identity": {"type": "system_assigned"},
        "location": "local",
    }


def test_an_environment_carries_its_conda_files_content() -> None:
    """The service takes the text of a conda file; the document gets its mapping back."""
    value = {"name": "e", "image": "i", "conda_file": {"dependencies": ["pip"]}}
    block = load(value, Kind.ENVIRONMENT).block
    assert block is not None
    body = rest.environment_body(block)
    assert body["properties"]["condaFile"] == "dependencies:\n- pip\n"
    assert rest.environment_value(body) == {"image": "i", "conda_file": {"dependencies": ["pip"]}}


def test_a_models_type_is_told_even_when_it_is_the_usual_one() -> None:
    """The service wants the type; the document may leave it out."""
    block = load({"name": "m", "path": "file:///m"}, Kind.MODEL).block
    assert block is not None
    assert rest.model_body(block) == {
        "properties": {"modelType": "custom_model", "modelUri": "file:///m", "isAnonymous": False}
    }
