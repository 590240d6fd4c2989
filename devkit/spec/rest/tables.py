"""Which key of a document stands where in the service's bodies (azure-rest-api-specs, stable 2025-12-01)."""

from __future__ import annotations

from typing import Any

from devkit.spec.rest.fields import MILLISECONDS, SECONDS, TEXTS, Codec, Field, enumerated, switched

__all__ = ["DEPLOYMENT", "ENDPOINT", "ENVIRONMENT", "MODEL"]

_DESCRIPTION = Field("description", "properties.description")
_RESOURCE = (_DESCRIPTION, Field("tags", "tags", TEXTS), Field("properties", "properties.properties", TEXTS))
_ASSET = (
    _DESCRIPTION,
    Field("tags", "properties.tags", TEXTS),
    Field("properties", "properties.properties", TEXTS),
)

_AUTH_MODE = enumerated(("key", "Key"), ("aml_token", "AMLToken"), ("aad_token", "AADToken"))
_IDENTITY = enumerated(("system_assigned", "SystemAssigned"), ("user_assigned", "UserAssigned"), ("none", "None"))
_IDENTITIES = Codec(
    lambda given: {each["resource_id"]: {} for each in given if "resource_id" in each},
    lambda given: [{"resource_id": each} for each in given],
)
_ARM_ID = Codec(lambda text: str(text).removeprefix("azureml:"), lambda text: f"azureml:{text}")

ENDPOINT = (
    *_RESOURCE,
    Field("auth_mode", "properties.authMode", _AUTH_MODE),
    Field("identity.type", "identity.type", _IDENTITY),
    Field("identity.user_assigned_identities", "identity.userAssignedIdentities", _IDENTITIES),
    Field("identity.principal_id", "identity.principalId"),
    Field("identity.tenant_id", "identity.tenantId"),
    Field("traffic", "properties.traffic"),
    Field("mirror_traffic", "properties.mirrorTraffic"),
    Field("public_network_access", "properties.publicNetworkAccess", switched()),
    Field("compute", "properties.compute", _ARM_ID),
)


def _probe(ours: str, theirs: str) -> tuple[Field, ...]:
    return (
        Field(f"{ours}.initial_delay", f"properties.{theirs}.initialDelay", SECONDS),
        Field(f"{ours}.period", f"properties.{theirs}.period", SECONDS),
        Field(f"{ours}.timeout", f"properties.{theirs}.timeout", SECONDS),
        Field(f"{ours}.success_threshold", f"properties.{theirs}.successThreshold"),
        Field(f"{ours}.failure_threshold", f"properties.{theirs}.failureThreshold"),
    )


def _collections_out(collections: dict[str, Any]) -> dict[str, Any]:
    return {name: _collection_out(each) for name, each in collections.items()}


def _collection_out(given: dict[str, Any]) -> dict[str, Any]:
    data = given.get("data") or {}
    mode = "Enabled" if str(given.get("enabled")).lower() == "true" else "Disabled"
    found = {"dataCollectionMode": mode, "dataId": data.get("data_id"), "clientId": given.get("client_id")}
    return {key: value for key, value in found.items() if value is not None}


def _collections_back(collections: dict[str, Any]) -> dict[str, Any]:
    return {name: _collection_back(each) for name, each in collections.items()}


def _collection_back(given: dict[str, Any]) -> dict[str, Any]:
    enabled = str(given.get("dataCollectionMode", "")).lower() == "enabled"
    found: dict[str, Any] = {"enabled": "true" if enabled else "false"}
    if given.get("dataId"):
        found["data"] = {"data_id": given["dataId"]}
    if given.get("clientId"):
        found["client_id"] = given["clientId"]
    return found


_ROLLING = enumerated(("year", "Year"), ("month", "Month"), ("day", "Day"), ("hour", "Hour"), ("minute", "Minute"))
_SCALE = enumerated(("default", "Default"), ("target_utilization", "TargetUtilization"))
_QUANTITIES = (("cpu", "cpu"), ("memory", "memory"), ("gpu", "gpu"))

DEPLOYMENT = (
    *_RESOURCE,
    Field("model", "properties.model", _ARM_ID),
    Field("model_mount_path", "properties.modelMountPath"),
    Field("code_configuration.code", "properties.codeConfiguration.codeId"),
    Field("code_configuration.scoring_script", "properties.codeConfiguration.scoringScript"),
    Field("environment", "properties.environmentId", _ARM_ID),
    Field("environment_variables", "properties.environmentVariables", TEXTS),
    Field("instance_type", "properties.instanceType"),
    Field("instance_count", "sku.capacity"),
    Field("app_insights_enabled", "properties.appInsightsEnabled"),
    Field("scale_settings.type", "properties.scaleSettings.scaleType", _SCALE),
    Field("scale_settings.min_instances", "properties.scaleSettings.minInstances"),
    Field("scale_settings.max_instances", "properties.scaleSettings.maxInstances"),
    Field("scale_settings.polling_interval", "properties.scaleSettings.pollingInterval", SECONDS),
    Field("scale_settings.target_utilization_percentage", "properties.scaleSettings.targetUtilizationPercentage"),
    Field("request_settings.request_timeout_ms", "properties.requestSettings.requestTimeout", MILLISECONDS),
    Field(
        "request_settings.max_concurrent_requests_per_instance",
        "properties.requestSettings.maxConcurrentRequestsPerInstance",
    ),
    Field("request_settings.max_queue_wait_ms", "properties.requestSettings.maxQueueWait", MILLISECONDS),
    *_probe("liveness_probe", "livenessProbe"),
    *_probe("readiness_probe", "readinessProbe"),
    Field(
        "data_collector.collections",
        "properties.dataCollector.collections",
        Codec(_collections_out, _collections_back),
    ),
    Field("data_collector.rolling_rate", "properties.dataCollector.rollingRate", _ROLLING),
    Field("data_collector.request_logging.capture_headers", "properties.dataCollector.requestLogging.captureHeaders"),
    Field("egress_public_network_access", "properties.egressPublicNetworkAccess", switched()),
    *(
        Field(f"resources.{ours}.{key}", f"properties.containerResourceRequirements.{theirs}.{key}")
        for ours, theirs in (("requests", "containerResourceRequests"), ("limits", "containerResourceLimits"))
        for key, _ in _QUANTITIES
    ),
)

MODEL = (
    *_ASSET,
    Field("type", "properties.modelType"),
    Field("path", "properties.modelUri"),
    Field("stage", "properties.stage"),
    Field("flavors", "properties.flavors"),
)


def _conda_out(given: Any) -> str:
    import yaml

    return given if isinstance(given, str) else yaml.safe_dump(given, sort_keys=False)


def _conda_back(text: str) -> Any:
    import yaml

    return yaml.safe_load(text)


def _route(ours: str, theirs: str) -> tuple[Field, ...]:
    return (
        Field(f"inference_config.{ours}.port", f"properties.inferenceConfig.{theirs}.port"),
        Field(f"inference_config.{ours}.path", f"properties.inferenceConfig.{theirs}.path"),
    )


ENVIRONMENT = (
    *_ASSET,
    Field("image", "properties.image"),
    Field("conda_file", "properties.condaFile", Codec(_conda_out, _conda_back)),
    Field("build.path", "properties.build.contextUri"),
    Field("build.dockerfile_path", "properties.build.dockerfilePath"),
    *_route("liveness_route", "livenessRoute"),
    *_route("readiness_route", "readinessRoute"),
    *_route("scoring_route", "scoringRoute"),
    Field("os_type", "properties.osType", enumerated(("linux", "Linux"), ("windows", "Windows"))),
)
