"""The bodies that we send against those that azure-ai-ml sends."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from devkit.spec import rest
from devkit.spec.kinds import Kind
from devkit.spec.loading import load
from tests.support import azure_bodies
from tests.support.oracle import PYTHON
from tests.support.rest_documents import WORKSPACE

if not PYTHON.exists() and not os.environ.get("CI"):
    pytest.skip("azure-ai-ml is not installed: `make azure-oracle` installs it", allow_module_level=True)

DEPLOYMENT: dict[str, Any] = {
    "name": "blue",
    "endpoint_name": "shop",
    "description": "the first",
    "tags": {"team": "vision"},
    "properties": {"p": "q"},
    "model": f"azureml:{WORKSPACE}/models/m/versions/1",
    "code_configuration": {"code": f"azureml:{WORKSPACE}/codes/c/versions/1", "scoring_script": "score.py"},
    "environment": f"azureml:{WORKSPACE}/environments/e/versions/3",
    "environment_variables": {"WORKER_COUNT": "2"},
    "model_mount_path": "/models",
    "instance_count": 2,
    "app_insights_enabled": True,
    "liveness_probe": {"initial_delay": 90, "period": 10, "timeout": 2, "success_threshold": 1, "failure_threshold": 3},
    "readiness_probe": {"initial_delay": 90000},
    "request_settings": {
        "request_timeout_ms": 90000,
        "max_concurrent_requests_per_instance": 3,
        "max_queue_wait_ms": 500,
    },
    "data_collector": {
        "collections": {"request": {"enabled": "True"}, "mine": {"enabled": "false", "client_id": "i"}},
        "sampling_rate": 0.5,
        "rolling_rate": "day",
        "request_logging": {"capture_headers": ["x-team"]},
    },
}
ENDPOINT: dict[str, Any] = {
    "name": "shop",
    "description": "everything",
    "auth_mode": "aml_token",
    "tags": {"team": "vision"},
    "properties": {"p": "q"},
    "traffic": {"blue": 90, "green": 10},
    "mirror_traffic": {"red": 10},
}
DOCUMENTS = [
    (
        Kind.MANAGED_ONLINE_DEPLOYMENT,
        {
            **DEPLOYMENT,
            "instance_type": "Standard_DS3_v2",
            "egress_public_network_access": "disabled",
            "scale_settings": {"type": "default"},
        },
    ),
    (
        Kind.KUBERNETES_ONLINE_DEPLOYMENT,
        {
            **DEPLOYMENT,
            "type": "kubernetes",
            "resources": {"requests": {"cpu": "0.5", "memory": "1Gi"}, "limits": {"nvidia.com/gpu": "1"}},
            "scale_settings": {
                "type": "target_utilization",
                "min_instances": 1,
                "max_instances": 4,
                "target_utilization_percentage": 60,
                "polling_interval": 5,
            },
        },
    ),
    (
        Kind.MANAGED_ONLINE_ENDPOINT,
        {
            **ENDPOINT,
            "identity": {"type": "user_assigned", "user_assigned_identities": [{"resource_id": "/subscriptions/i"}]},
            "public_network_access": "disabled",
        },
    ),
    (Kind.MANAGED_ONLINE_ENDPOINT, {"name": "shop", "auth_mode": "key"}),
    (Kind.KUBERNETES_ONLINE_ENDPOINT, {**ENDPOINT, "compute": f"azureml:{WORKSPACE}/computes/cluster"}),
]
LOWER_CASE = {"dataCollectionMode", "rollingRate", "egressPublicNetworkAccess", "publicNetworkAccess"}
"""azure-ai-ml sends these as the document has them; we spell them as the API's documents do."""
LATER_AS_ID = {"codeId", "model", "environmentId", "compute"}
"""azure-ai-ml puts the id in the place of the reference when it has looked it up."""


def leaves(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if isinstance(value, dict):
        found = [leaves(item, (*path, key)) for key, item in value.items()]
        return {place: leaf for each in found for place, leaf in each.items()}
    if path[-1] in LOWER_CASE:
        value = str(value).lower()
    if path[-1] in LATER_AS_ID:
        value = str(value).removeprefix("azureml:")
    return {path: value}


def ours(kind: Kind, document: dict[str, Any]) -> dict[str, Any]:
    loaded = load(document, kind)
    assert loaded.block is not None
    assert not loaded.refused
    return rest.deployment_body(loaded.block) if "deployment" in kind.value else rest.endpoint_body(loaded.block)


def test_our_bodies_are_azure_ai_mls() -> None:
    """Every key of online endpoints and deployments becomes what azure-ai-ml sends for it, and nothing is added."""
    asked = [
        {"family": "online-deployment" if "deployment" in kind.value else "online-endpoint", "document": document}
        for kind, document in DOCUMENTS
    ]
    for (kind, document), theirs in zip(DOCUMENTS, azure_ai_mls(asked), strict=True):
        assert leaves(ours(kind, document)) == leaves(theirs)


def azure_ai_mls(asked: list[dict[str, Any]]) -> list[Any]:
    """The bodies that it sends."""
    command = [PYTHON, Path(azure_bodies.__file__)]
    answer = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    bodies: list[Any] = json.loads(answer.stdout)
    return bodies
