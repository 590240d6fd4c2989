"""Which pods a request reaches: a Service for each deployment, and one HTTPRoute with the shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from devkit.promote.kubernetes.naming import endpoint_labels, labels, object_name, selector
from devkit.promote.kubernetes.release import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.promote.kubernetes.release import Backend, Cluster, DeploymentRelease, Manifest

__all__ = ["DEPLOYMENT_HEADER", "SERVICE_PORT", "WAIT_ANNOTATION", "duration", "http_route", "service"]

DEPLOYMENT_HEADER: Final = "azureml-model-deployment"
SERVICE_PORT: Final = 80
WAIT_ANNOTATION: Final = "endpoint-devkit/request-seconds"
"""On a Service: how long its deployment's requests may take, for the routes of later promotions."""
_SLACK_S: Final = 1.0
_MS: Final = 1000
_MOST_RULES: Final = 16


def service(release: DeploymentRelease, target_port: str) -> Manifest:
    """The Service in front of a deployment's pods.

    Args:
        release: the deployment.
        target_port: the name of the pods' port that takes requests.
    """
    endpoint, deployment = release.plan.endpoint, release.plan.deployment
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": object_name(endpoint, deployment),
            "labels": labels(endpoint, deployment),
            "annotations": {WAIT_ANNOTATION: f"{release.backend.wait_s:g}"},
        },
        "spec": {
            "type": "ClusterIP",
            "selector": selector(endpoint, deployment),
            "ports": [
                {
                    "name": "http",
                    "port": SERVICE_PORT,
                    "targetPort": target_port,
                    "protocol": "TCP",
                    "appProtocol": "http",
                }
            ],
        },
    }


def http_route(
    endpoint: str,
    backends: Sequence[Backend],
    cluster: Cluster,
    traffic: Mapping[str, int],
    mirror: Mapping[str, int] | None = None,
) -> Manifest:
    """The HTTPRoute: a rule for each deployment that a header asks for, and last the shares of everybody else.

    While no deployment has traffic there is no last rule, and the cluster's gateway answers 404.

    Args:
        endpoint: its name.
        backends: every deployment of the endpoint.
        cluster: where the route is.
        traffic: percent by deployment; 0 or 100 in all.
        mirror: percent by deployment.

    Raises:
        ManifestError: there are more deployments than a route has rules, or none.
    """
    ordered = sorted(backends, key=lambda each: each.deployment)
    if not 0 < len(ordered) < _MOST_RULES:
        raise ManifestError(
            f"The endpoint {endpoint} has {len(ordered)} deployments, and an HTTPRoute takes 1 to {_MOST_RULES - 1}. "
            "Delete deployments without traffic first."
        )
    rules = [_asked_for(endpoint, each, cluster) for each in ordered]
    if any(traffic.values()):
        rules.append(_shares(endpoint, ordered, cluster, traffic, mirror or {}))
    hosts = {} if cluster.hostname is None else {"hostnames": [cluster.hostname]}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": object_name(endpoint), "labels": endpoint_labels(endpoint)},
        "spec": {"parentRefs": [_parent(cluster)], **hosts, "rules": rules},
    }


def duration(seconds: float) -> str:
    """A time as the Gateway API writes it (GEP-2257), which has no fractions: 5 is ``5s``, 0.5 ``500ms``."""
    whole, rest = divmod(math.ceil(seconds * _MS), _MS)
    return "".join(f"{number}{unit}" for number, unit in ((whole, "s"), (rest, "ms")) if number) or "0s"


def _parent(cluster: Cluster) -> dict[str, str]:
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": cluster.gateway.name}
    return parent if cluster.gateway.namespace is None else {**parent, "namespace": cluster.gateway.namespace}


def _asked_for(endpoint: str, backend: Backend, cluster: Cluster) -> dict[str, Any]:
    header = {"type": "Exact", "name": DEPLOYMENT_HEADER, "value": backend.deployment}
    return {
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}, "headers": [header]}],
        "backendRefs": [{**_reference(endpoint, backend.deployment), "weight": 1}],
        "timeouts": {"request": _timeout([backend], cluster)},
    }


def _shares(
    endpoint: str,
    backends: Sequence[Backend],
    cluster: Cluster,
    traffic: Mapping[str, int],
    mirror: Mapping[str, int],
) -> dict[str, Any]:
    filters = [_mirror(endpoint, name, percent) for name, percent in sorted(mirror.items()) if percent]
    return {
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        **({"filters": filters} if filters else {}),
        "backendRefs": [{**_reference(endpoint, name), "weight": percent} for name, percent in sorted(traffic.items())],
        "timeouts": {"request": _timeout(backends, cluster)},
    }


def _mirror(endpoint: str, deployment: str, percent: int) -> dict[str, Any]:
    target = {"backendRef": _reference(endpoint, deployment), "percent": percent}
    return {"type": "RequestMirror", "requestMirror": target}


def _reference(endpoint: str, deployment: str) -> dict[str, Any]:
    return {"group": "", "kind": "Service", "name": object_name(endpoint, deployment), "port": SERVICE_PORT}


def _timeout(backends: Sequence[Backend], cluster: Cluster) -> str:
    """How long the route waits: with a sidecar longer than the sidecar does, so that its own answer is seen."""
    slack = 0.0 if cluster.sidecar_image is None else _SLACK_S
    return duration(max(each.wait_s for each in backends) + slack)
