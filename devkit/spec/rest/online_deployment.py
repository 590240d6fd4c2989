"""Online deployments: each key of the document and its place in the REST body."""

from __future__ import annotations

from typing import Final

from devkit.spec.rest.converters import BLOCK, CODE, DATA_ID, MILLISECONDS, REFERENCE, SECONDS, TEXTS, choice
from devkit.spec.rest.fields import Field, Table
from devkit.spec.rest.online_endpoint import ENABLED

__all__ = ["KUBERNETES_DEPLOYMENT", "MANAGED_DEPLOYMENT"]

_COMPUTE_TYPE: Final = choice(managed="Managed", kubernetes="Kubernetes")
_SCALE_TYPE: Final = choice(default="Default", target_utilization="TargetUtilization")
_ROLLING_RATE: Final = choice(minute="Minute", hour="Hour", day="Day")
_COLLECTED: Final = choice(true="Enabled", false="Disabled")


def _probe(yaml: str, rest: str) -> tuple[Field, ...]:
    return (
        Field(yaml, rest, BLOCK),
        Field(f"{yaml}.initial_delay", f"{rest}.initialDelay", SECONDS),
        Field(f"{yaml}.period", f"{rest}.period", SECONDS),
        Field(f"{yaml}.timeout", f"{rest}.timeout", SECONDS),
        Field(f"{yaml}.success_threshold", f"{rest}.successThreshold"),
        Field(f"{yaml}.failure_threshold", f"{rest}.failureThreshold"),
    )


def _quantities(yaml: str, rest: str) -> tuple[Field, ...]:
    return (Field(yaml, rest, BLOCK), *(Field(f"{yaml}.{each}", f"{rest}.{each}") for each in ("cpu", "memory", "gpu")))


_COLLECTION: Final = "data_collector.collections.*"
_REST_COLLECTION: Final = "properties.dataCollector.collections.*"
_DATA_COLLECTOR: Final = (
    Field("data_collector", "properties.dataCollector", BLOCK),
    Field("data_collector.collections", "properties.dataCollector.collections", BLOCK),
    Field(_COLLECTION, _REST_COLLECTION, BLOCK),
    Field(f"{_COLLECTION}.enabled", f"{_REST_COLLECTION}.dataCollectionMode", _COLLECTED),
    Field(f"{_COLLECTION}.data", f"{_REST_COLLECTION}.dataId", DATA_ID),
    Field(f"{_COLLECTION}.client_id", f"{_REST_COLLECTION}.clientId"),
    Field("data_collector.sampling_rate", f"{_REST_COLLECTION}.samplingRate"),
    Field("data_collector.rolling_rate", "properties.dataCollector.rollingRate", _ROLLING_RATE),
    Field("data_collector.request_logging", "properties.dataCollector.requestLogging", BLOCK),
    Field("data_collector.request_logging.capture_headers", "properties.dataCollector.requestLogging.captureHeaders"),
)

_REQUESTS: Final = (
    Field("request_settings", "properties.requestSettings", BLOCK),
    Field("request_settings.request_timeout_ms", "properties.requestSettings.requestTimeout", MILLISECONDS),
    Field(
        "request_settings.max_concurrent_requests_per_instance",
        "properties.requestSettings.maxConcurrentRequestsPerInstance",
    ),
    Field("request_settings.max_queue_wait_ms", "properties.requestSettings.maxQueueWait", MILLISECONDS),
)

_SCALE: Final = (
    Field("scale_settings", "properties.scaleSettings", BLOCK),
    Field("scale_settings.type", "properties.scaleSettings.scaleType", _SCALE_TYPE, default="default"),
    Field("scale_settings.min_instances", "properties.scaleSettings.minInstances"),
    Field("scale_settings.max_instances", "properties.scaleSettings.maxInstances"),
    Field("scale_settings.target_utilization_percentage", "properties.scaleSettings.targetUtilizationPercentage"),
    Field("scale_settings.polling_interval", "properties.scaleSettings.pollingInterval", SECONDS),
)

_SHARED: Final = (
    Field("description", "properties.description"),
    Field("tags", "tags", TEXTS),
    Field("properties", "properties.properties", TEXTS),
    Field("model", "properties.model", REFERENCE),
    Field("code_configuration", "properties.codeConfiguration", BLOCK),
    Field("code_configuration.code", "properties.codeConfiguration.codeId", CODE),
    Field("code_configuration.scoring_script", "properties.codeConfiguration.scoringScript"),
    Field("environment", "properties.environmentId", REFERENCE),
    Field("environment_variables", "properties.environmentVariables", TEXTS),
    Field("model_mount_path", "properties.modelMountPath"),
    Field("instance_type", "properties.instanceType"),
    Field("instance_count", "sku.capacity", default=1),
    Field("app_insights_enabled", "properties.appInsightsEnabled"),
    *_SCALE,
    *_REQUESTS,
    *_probe("liveness_probe", "properties.livenessProbe"),
    *_probe("readiness_probe", "properties.readinessProbe"),
    *_DATA_COLLECTOR,
    Field("id", "id", read_only=True),
    Field("provisioning_state", "properties.provisioningState", read_only=True),
)
_ASSET_OF_ITS_OWN: Final = "it is registered first, as an asset of its own, whose id is sent"
_NOT_SENT: Final = {
    "name": "it is the last part of the resource's URL",
    "endpoint_name": "it is a part of the resource's URL",
    "model.*": _ASSET_OF_ITS_OWN,
    "environment.*": _ASSET_OF_ITS_OWN,
    f"{_COLLECTION}.data.*": _ASSET_OF_ITS_OWN,
}

MANAGED_DEPLOYMENT: Final = Table(
    (
        Field("type", "properties.endpointComputeType", _COMPUTE_TYPE, default="managed"),
        *_SHARED,
        Field("egress_public_network_access", "properties.egressPublicNetworkAccess", ENABLED),
    ),
    {**_NOT_SENT, "private_network_connection": "an experiment of azure-ai-ml that no published API version has"},
)
KUBERNETES_DEPLOYMENT: Final = Table(
    (
        Field("type", "properties.endpointComputeType", _COMPUTE_TYPE, default="kubernetes"),
        *_SHARED,
        Field("resources", "properties.containerResourceRequirements", BLOCK),
        *_quantities("resources.requests", "properties.containerResourceRequirements.containerResourceRequests"),
        *_quantities("resources.limits", "properties.containerResourceRequirements.containerResourceLimits"),
    ),
    _NOT_SENT,
)
