"""From a deployment's document and the assets it refers to, looked up, to the plan that a runtime carries out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from devkit.assets.content import unpack
from devkit.assets.layout import wants_unpacking
from devkit.runtime.flavours import ResolveError, flavour_of, routes_of
from devkit.runtime.plan import (
    CodePlan,
    DeploymentPlan,
    EnvironmentPlan,
    ModelPlan,
    Probe,
    RequestLimits,
    ResourceLimits,
)
from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment
from devkit.spec.dumping import document_of
from devkit.spec.quantities import read_quantity
from devkit.spec.rest.bodies import TABLES
from devkit.spec.rest.fields import rest_from
from devkit.spec.skus import find_sku

if TYPE_CHECKING:
    from devkit.runtime.stored import StoredAssets, StoredCode, StoredEnvironment, StoredModel
    from devkit.spec.documents.shared import CodeConfiguration, ReadinessProbe
    from devkit.spec.rest import Deployment

__all__ = ["ResolveError", "resolve"]

_GIB: Final = 2**30
_MS: Final = 1000


def resolve(deployment: Deployment, assets: StoredAssets) -> DeploymentPlan:
    """The plan of a deployment. What the document leaves open gets the service's defaults.

    The kit's own choices are read from the deployment's properties: ``devkit.dev``, ``devkit.python``, ``devkit.gpu``.
    A model that asks for it is unpacked beside its archive.

    Args:
        deployment: the document; its names are set.
        assets: what it refers to, looked up.

    Raises:
        ResolveError: it cannot be run as it is written.
        OSError: an asset cannot be read, or there is no room to unpack it.
    """
    choices = deployment.properties or {}
    dev = _is_true(choices.get("devkit.dev"))
    flavour = flavour_of(deployment, assets)
    _check_mount_path(deployment, assets)
    python = choices.get("devkit.python")
    return DeploymentPlan(
        endpoint=deployment.endpoint_name or "",
        deployment=deployment.name or "",
        flavour=flavour,
        instance_count=deployment.instance_count or 1,
        code=_code(deployment.code_configuration, assets.code, dev=dev),
        model=None if assets.model is None else _model(assets.model),
        model_mount_path=deployment.model_mount_path,
        environment=EnvironmentPlan() if assets.environment is None else _environment(assets.environment),
        variables=_texts(deployment.environment_variables),
        routes=routes_of(flavour, assets),
        liveness=_probe(deployment.liveness_probe),
        readiness=_probe(deployment.readiness_probe),
        requests=_requests(deployment),
        resources=_resources(deployment, gpu=_is_true(choices.get("devkit.gpu"))),
        data_collector=_data_collector(deployment),
        app_insights=bool(deployment.app_insights_enabled),
        dev=dev,
        python=None if python is None else str(python),
        tags=_texts(deployment.tags),
    )


def _check_mount_path(deployment: Deployment, assets: StoredAssets) -> None:
    path = deployment.model_mount_path
    if path is None:
        return
    if assets.environment is None or assets.environment.document.inference_config is None:
        raise ResolveError(
            "model_mount_path",
            "it is for containers with a server of their own, and the environment has no inference_config",
            "Remove it, or tell the container's routes under inference_config.",
        )
    if not path.startswith("/"):
        raise ResolveError("model_mount_path", f"'{path}' is no absolute path", f"Write /{path}.")


def _code(given: CodeConfiguration | None, stored: StoredCode | None, *, dev: bool) -> CodePlan | None:
    if given is None:
        return None
    if stored is None:
        raise ResolveError(
            "code_configuration.code", "there is no code, only a script's name", "Name the folder that it is in."
        )
    if not given.scoring_script:
        raise ResolveError(
            "code_configuration.scoring_script", "it is missing", "Name the script with init() and run()."
        )
    edited = stored.original if dev and stored.original is not None and stored.original.is_dir() else None
    folder = edited or stored.folder
    script = given.scoring_script.replace("\\", "/").removeprefix("./")
    if not (folder / script).is_file():
        raise ResolveError(
            "code_configuration.scoring_script",
            f"the code has no file {script}",
            "Write its path relative to the code folder, and look whether an ignore file leaves it out.",
        )
    return CodePlan(folder, stored.folder.name, script)


def _model(stored: StoredModel) -> ModelPlan:
    document = stored.document
    source, unpacked = stored.source, False
    if wants_unpacking(document.tags, document.properties) and source.is_file():
        try:
            source, unpacked = unpack(source), True
        except ValueError as error:
            raise ResolveError("model", str(error), "Remove azureml.unpack from its tags and properties.") from None
    return ModelPlan(source, stored.name, stored.version, document.type or "custom_model", unpacked)


def _environment(stored: StoredEnvironment) -> EnvironmentPlan:
    document = stored.document
    conda = document.conda_file
    if conda is not None and not isinstance(conda, Mapping):
        raise ResolveError("environment.conda_file", "it is no mapping", "Write channels and dependencies in it.")
    if stored.build_context is None:
        return EnvironmentPlan(document.image, conda)
    dockerfile = (document.build.dockerfile_path if document.build is not None else None) or "Dockerfile"
    if not (stored.build_context / dockerfile).is_file():
        raise ResolveError(
            "environment.build.dockerfile_path",
            f"the build folder has no file {dockerfile}",
            "Write its path relative to the folder.",
        )
    return EnvironmentPlan(document.image, conda, stored.build_context, dockerfile)


def _probe(given: ReadinessProbe | None) -> Probe:
    if given is None:
        return Probe()
    told = {
        "initial_delay_s": given.initial_delay,
        "period_s": given.period,
        "timeout_s": given.timeout,
        "success_threshold": given.success_threshold,
        "failure_threshold": given.failure_threshold,
    }
    return Probe(**{name: value for name, value in told.items() if value is not None})


def _requests(deployment: Deployment) -> RequestLimits:
    given, default = deployment.request_settings, RequestLimits()
    if given is None:
        return default
    timeout, wait = given.request_timeout_ms, given.max_queue_wait_ms
    return RequestLimits(
        default.timeout_s if timeout is None else timeout / _MS,
        given.max_concurrent_requests_per_instance or default.max_concurrent_per_instance,
        default.max_queue_wait_s if wait is None else wait / _MS,
    )


def _resources(deployment: Deployment, *, gpu: bool) -> ResourceLimits:
    """The limits of an instance. GPUs only where the user wants this machine's: most machines have none."""
    if isinstance(deployment, KubernetesOnlineDeployment):
        return _kubernetes_resources(deployment, gpu=gpu)
    sku = find_sku(deployment.instance_type or "")
    if sku is None:
        return ResourceLimits(gpus=int(gpu))
    gpus = max(1, math.ceil(sku.gpus)) if gpu else 0
    return ResourceLimits(float(sku.vcpus), round(sku.memory_gib * _GIB), gpus)


def _kubernetes_resources(deployment: KubernetesOnlineDeployment, *, gpu: bool) -> ResourceLimits:
    limits = deployment.resources.limits if deployment.resources is not None else None
    if limits is None:
        return ResourceLimits(gpus=int(gpu))
    cpus, memory, gpus = (read_quantity(each or "") for each in (limits.cpu, limits.memory, limits.gpu))
    return ResourceLimits(cpus, None if memory is None else round(memory), math.ceil(gpus or 1) if gpu else 0)


def _data_collector(deployment: Deployment) -> Mapping[str, Any] | None:
    body = rest_from(TABLES[type(deployment)], document_of(deployment))
    collector: Mapping[str, Any] | None = body["properties"].get("dataCollector")
    return collector


def _texts(given: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (given or {}).items() if value is not None}


def _is_true(given: object) -> bool:
    return str(given).lower() == "true"
