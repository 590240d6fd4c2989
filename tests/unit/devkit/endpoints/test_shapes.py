"""The shapes are what azure-ai-ml 1.35.2 makes of the bodies: `_from_rest_object(body)._to_dict()`, 2026-11-21."""

from __future__ import annotations

from typing import Any

from devkit.endpoints.shapes import deployment_shape, endpoint_shape, environment_shape, model_shape

WORKSPACE = "/subscriptions/0/resourceGroups/local/providers/Microsoft.MachineLearningServices/workspaces/w"
SYSTEM_DATA = {"createdAt": "2026-01-01T00:00:00Z", "createdBy": "me"}
PROBE = {"initialDelay": "PT10S", "period": "PT10S", "timeout": "PT2S", "successThreshold": 1, "failureThreshold": 30}
PROBE_SHAPE = {"initial_delay": 10, "period": 10, "timeout": 2, "success_threshold": 1, "failure_threshold": 30}


def test_an_endpoint_has_azs_keys() -> None:
    """What scripts ask of `az ml online-endpoint show` is there, under the same names."""
    body = {
        "id": f"{WORKSPACE}/onlineEndpoints/ep",
        "name": "ep",
        "location": "local",
        "kind": "Managed",
        "tags": {"a": "b"},
        "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"},
        "properties": {
            "authMode": "Key",
            "description": "d",
            "properties": {"x": "y"},
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
            "scoringUri": "http://127.0.0.1:1/score",
            "swaggerUri": "http://127.0.0.1:1/swagger.json",
            "traffic": {"blue": 90},
            "mirrorTraffic": {"green": 10},
        },
    }
    assert endpoint_shape(body) == {
        "id": f"{WORKSPACE}/onlineEndpoints/ep",
        "resourceGroup": "local",
        "name": "ep",
        "description": "d",
        "tags": {"a": "b"},
        "provisioning_state": "Succeeded",
        "properties": {"x": "y"},
        "auth_mode": "key",
        "scoring_uri": "http://127.0.0.1:1/score",
        "location": "local",
        "openapi_uri": "http://127.0.0.1:1/swagger.json",
        "identity": {"type": "system_assigned", "principal_id": "p", "tenant_id": "t"},
        "traffic": {"blue": 90},
        "kind": "Managed",
        "mirror_traffic": {"green": 10},
        "public_network_access": "enabled",
    }


def test_a_deployment_has_azs_keys() -> None:
    """Durations are numbers again, and references have the prefix that a document needs."""
    properties: dict[str, Any] = {
        "endpointComputeType": "Managed",
        "model": f"{WORKSPACE}/models/m/versions/1",
        "environmentId": f"{WORKSPACE}/environments/e/versions/1",
        "codeConfiguration": {"codeId": f"{WORKSPACE}/codes/c/versions/1", "scoringScript": "score.py"},
        "environmentVariables": {"A": "1"},
        "instanceType": "Standard_DS3_v2",
        "appInsightsEnabled": False,
        "scaleSettings": {"scaleType": "Default"},
        "requestSettings": {"requestTimeout": "PT5S", "maxConcurrentRequestsPerInstance": 1},
        "livenessProbe": PROBE,
        "readinessProbe": PROBE,
        "egressPublicNetworkAccess": "Enabled",
        "provisioningState": "Succeeded",
        "properties": {"devkit.runtime": "process"},
    }
    body = {
        "id": f"{WORKSPACE}/onlineEndpoints/ep/deployments/blue",
        "name": "blue",
        "tags": {},
        "sku": {"capacity": 2},
        "systemData": SYSTEM_DATA,
        "properties": properties,
    }
    assert deployment_shape(body) == {
        "name": "blue",
        "endpoint_name": "ep",
        "id": f"{WORKSPACE}/onlineEndpoints/ep/deployments/blue",
        "resourceGroup": "local",
        "tags": {},
        "properties": {"devkit.runtime": "process"},
        "model": f"azureml:{WORKSPACE}/models/m/versions/1",
        "code_configuration": {"code": f"{WORKSPACE}/codes/c/versions/1", "scoring_script": "score.py"},
        "environment": f"azureml:{WORKSPACE}/environments/e/versions/1",
        "environment_variables": {"A": "1"},
        "app_insights_enabled": False,
        "scale_settings": {"type": "default"},
        "request_settings": {"request_timeout_ms": 5000, "max_concurrent_requests_per_instance": 1},
        "liveness_probe": PROBE_SHAPE,
        "readiness_probe": PROBE_SHAPE,
        "provisioning_state": "Succeeded",
        "instance_count": 2,
        "type": "managed",
        "instance_type": "Standard_DS3_v2",
        "egress_public_network_access": "enabled",
        "creation_context": {"created_at": "2026-01-01T00:00:00Z", "created_by": "me"},
    }


def test_a_model_and_an_environment_have_azs_keys() -> None:
    """Name and version stand in the id alone, and in the shape beside it."""
    model = {
        "id": f"{WORKSPACE}/models/m/versions/1",
        "name": "1",
        "systemData": SYSTEM_DATA,
        "properties": {"modelUri": "azureml://x", "modelType": "custom_model", "tags": {"a": "b"}, "properties": {}},
    }
    assert model_shape(model) == {
        "name": "m",
        "id": f"azureml:{WORKSPACE}/models/m/versions/1",
        "resourceGroup": "local",
        "type": "custom_model",
        "path": "azureml://x",
        "version": "1",
        "properties": {},
        "tags": {"a": "b"},
        "creation_context": {"created_at": "2026-01-01T00:00:00Z", "created_by": "me"},
    }
    environment = {
        "id": f"{WORKSPACE}/environments/e/versions/1",
        "name": "1",
        "properties": {"image": "i", "condaFile": "dependencies: [pip]\n", "osType": "Linux"},
    }
    assert environment_shape(environment) == {
        "name": "e",
        "id": f"azureml:{WORKSPACE}/environments/e/versions/1",
        "resourceGroup": "local",
        "tags": {},
        "version": "1",
        "image": "i",
        "conda_file": {"dependencies": ["pip"]},
        "os_type": "linux",
    }
