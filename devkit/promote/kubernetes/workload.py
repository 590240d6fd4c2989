"""The Deployment: the image that was validated, its variables, probes and limits, and the kit's gateway beside it."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any, Final

from devkit.promote.kubernetes import sidecar
from devkit.promote.kubernetes.compute import Compute, compute_of
from devkit.promote.kubernetes.naming import labels, object_name, selector
from devkit.promote.kubernetes.scaling import CONTAINER, is_autoscaled
from devkit.spec.secret_references import parse_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.promote.kubernetes.release import Cluster, DeploymentRelease, Manifest
    from devkit.runtime.container import PlacedFile
    from devkit.runtime.plan import Probe, Route

__all__ = ["SCORING_PORT", "config_data", "deployment", "secret_variables", "secrets_name"]

SCORING_PORT: Final = "scoring"

_DRAIN_S: Final = 5
_SPARE_S: Final = 25
_LEAST_DEADLINE_S: Final = 600
_POD_NAME: Final = "HOSTNAME"


def deployment(release: DeploymentRelease, cluster: Cluster) -> Manifest:
    """The Deployment. A new pod is ready before an old one ends, so a roll-out loses no request."""
    endpoint, name = release.plan.endpoint, release.plan.deployment
    spec: dict[str, Any] = {} if is_autoscaled(release) else {"replicas": release.plan.instance_count}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": object_name(endpoint, name), "labels": labels(endpoint, name)},
        "spec": {
            **spec,
            "revisionHistoryLimit": 3,
            "progressDeadlineSeconds": _deadline_s(release),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "selector": {"matchLabels": selector(endpoint, name)},
            "template": {
                "metadata": {"labels": labels(endpoint, name), "annotations": _annotations(release, cluster)},
                "spec": _pod(release, cluster),
            },
        },
    }


def config_data(release: DeploymentRelease, cluster: Cluster) -> dict[str, str]:
    """The deployment's ConfigMap, by key: the files that the kit places, and the sidecar's configuration."""
    data = {each.name: each.text for each in release.container.files}
    if cluster.sidecar_image is not None:
        data[sidecar.CONFIG_FILE] = sidecar.config_text(release)
    return data


def secret_variables(release: DeploymentRelease) -> dict[str, str]:
    """The variables whose values are secret references, unresolved: these go into the deployment's Secret."""
    return {name: text for name, text in release.container.environment.items() if parse_secret(text) is not None}


def secrets_name(release: DeploymentRelease) -> str:
    """The name of the Secret with the values of `secret_variables`."""
    return object_name(release.plan.endpoint, release.plan.deployment, "secrets")


def _deadline_s(release: DeploymentRelease) -> int:
    """How long a roll-out may take without progress: the time that the readiness probe grants, and that of a pull."""
    probe = release.plan.readiness
    return _LEAST_DEADLINE_S + math.ceil(probe.initial_delay_s + probe.period_s * probe.failure_threshold)


def _annotations(release: DeploymentRelease, cluster: Cluster) -> dict[str, str]:
    """What makes a pod another one: a changed ConfigMap alone would restart nothing."""
    data = json.dumps(config_data(release, cluster), sort_keys=True)
    found = {"endpoint-devkit/config": hashlib.sha256(data.encode()).hexdigest()[:16]}
    if release.digest:
        found["endpoint-devkit/receipt"] = release.digest
    return found


def _pod(release: DeploymentRelease, cluster: Cluster) -> dict[str, Any]:
    compute = compute_of(release.document)
    containers = [_container(release, compute)]
    if cluster.sidecar_image is not None:
        containers.append(sidecar.container(release, cluster.sidecar_image))
    pod: dict[str, Any] = {
        "serviceAccountName": object_name(release.plan.endpoint),
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": math.ceil(release.plan.requests.timeout_s) + _DRAIN_S + _SPARE_S,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    }
    if cluster.pull_secret is not None:
        pod["imagePullSecrets"] = [{"name": cluster.pull_secret}]
    if compute.node_selector:
        pod["nodeSelector"] = dict(compute.node_selector)
    if compute.tolerations:
        pod["tolerations"] = [dict(each) for each in compute.tolerations]
    pod["containers"] = containers
    volumes = _volumes(release, cluster)
    return {**pod, "volumes": volumes} if volumes else pod


def _container(release: DeploymentRelease, compute: Compute) -> dict[str, Any]:
    plan, given = release.plan, release.container
    container: dict[str, Any] = {"name": CONTAINER, "image": release.image}
    if given.entrypoint is not None:
        container["command"] = [_literal(each) for each in given.entrypoint]
    if given.command is not None:
        container["args"] = [_literal(each) for each in given.command]
    container["env"] = _env(release)
    container["ports"] = [_port(release, number) for number in given.ports]
    container["livenessProbe"] = {**_probe(plan.liveness, plan.routes.liveness), "successThreshold": 1}
    container["readinessProbe"] = _probe(plan.readiness, plan.routes.readiness)
    container["lifecycle"] = {"preStop": {"sleep": {"seconds": _DRAIN_S}}}
    container["resources"] = {"requests": dict(compute.requests), "limits": dict(compute.limits)}
    mounts = _mounts(given.files, shared_memory=given.shared_memory_bytes is not None)
    return {**container, "volumeMounts": mounts} if mounts else container


def _env(release: DeploymentRelease) -> list[dict[str, Any]]:
    """The variables: as Azure sets them, but for the pod's name, which Kubernetes sets."""
    secret = secret_variables(release)
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": secrets_name(release), "key": name}}}
        if name in secret
        else {"name": name, "value": _literal(text)}
        for name, text in release.container.environment.items()
        if name != _POD_NAME
    ]


def _literal(text: str) -> str:
    """A text that Kubernetes hands on as it is: ``$(NAME)`` would be replaced by a variable's value."""
    return text.replace("$(", "$$(")


def _port(release: DeploymentRelease, number: int) -> dict[str, Any]:
    is_scoring = number == release.plan.routes.scoring.port
    return {"name": SCORING_PORT if is_scoring else f"port-{number}", "containerPort": number, "protocol": "TCP"}


def _probe(probe: Probe, route: Route) -> dict[str, Any]:
    """A probe in whole seconds, which is all that Kubernetes has; rounded up, so that nothing is asked for sooner."""
    return {
        "httpGet": {"path": route.path, "port": route.port, "scheme": "HTTP"},
        "initialDelaySeconds": math.ceil(probe.initial_delay_s),
        "periodSeconds": max(1, math.ceil(probe.period_s)),
        "timeoutSeconds": max(1, math.ceil(probe.timeout_s)),
        "successThreshold": probe.success_threshold,
        "failureThreshold": probe.failure_threshold,
    }


def _mounts(files: tuple[PlacedFile, ...], *, shared_memory: bool) -> list[dict[str, Any]]:
    mounts = [{"name": "config", "mountPath": each.target, "subPath": each.name, "readOnly": True} for each in files]
    return [*mounts, {"name": "shared-memory", "mountPath": "/dev/shm"}] if shared_memory else mounts  # noqa: S108  the kernel's own place


def _volumes(release: DeploymentRelease, cluster: Cluster) -> list[Mapping[str, Any]]:
    volumes: list[Mapping[str, Any]] = []
    if config_data(release, cluster):
        name = object_name(release.plan.endpoint, release.plan.deployment)
        volumes.append({"name": "config", "configMap": {"name": name}})
    if cluster.sidecar_image is not None:
        volumes.extend(sidecar.volumes(release.plan.endpoint))
    size = release.container.shared_memory_bytes
    if size is not None:
        volumes.append({"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": str(size)}})
    return volumes
