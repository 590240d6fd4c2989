"""How many pods a deployment has: a fixed number, or an autoscaler's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.promote.kubernetes.naming import labels, object_name, selector

if TYPE_CHECKING:
    from devkit.promote.kubernetes.release import DeploymentRelease, Manifest
    from devkit.spec.documents.online_settings import ScaleSettings

__all__ = ["CONTAINER", "autoscaler", "disruption_budget", "is_autoscaled"]

CONTAINER = "inference"
"""The container that answers requests."""
_DEFAULT_UTILIZATION = 70


def is_autoscaled(release: DeploymentRelease) -> bool:
    """Whether an autoscaler owns the number of pods. The Deployment then leaves `replicas` out, or they would fight."""
    settings = _settings(release)
    return settings is not None and settings.type == "target_utilization"


def autoscaler(release: DeploymentRelease) -> Manifest | None:
    """The HorizontalPodAutoscaler; None for a fixed number.

    `target_utilization_percentage` is held against the CPU of the container that answers, as a share of its request:
    Azure ML's own scaler counts requests in hand instead, which a plain cluster does not know.
    """
    settings = _settings(release)
    if settings is None or not is_autoscaled(release):
        return None
    name = object_name(release.plan.endpoint, release.plan.deployment)
    fewest = settings.min_instances or 1
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "labels": labels(release.plan.endpoint, release.plan.deployment)},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": fewest,
            "maxReplicas": max(fewest, settings.max_instances or 1),
            "metrics": [_cpu(settings.target_utilization_percentage or _DEFAULT_UTILIZATION)],
        },
    }


def disruption_budget(release: DeploymentRelease) -> Manifest:
    """The PodDisruptionBudget: a drained node takes one pod at a time, and a lone pod does not block the drain."""
    endpoint, deployment = release.plan.endpoint, release.plan.deployment
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": object_name(endpoint, deployment), "labels": labels(endpoint, deployment)},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector(endpoint, deployment)}},
    }


def _settings(release: DeploymentRelease) -> ScaleSettings | None:
    return getattr(release.document, "scale_settings", None)


def _cpu(percent: int) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {
        "type": "ContainerResource",
        "containerResource": {"name": "cpu", "container": CONTAINER, "target": target},
    }
