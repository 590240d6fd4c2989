"""Every object of an endpoint, in the order in which it is applied, and what a cluster does not honour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.promote.kubernetes import routing, scaling, sidecar, workload
from devkit.promote.kubernetes.naming import endpoint_labels, labels, object_name
from devkit.promote.kubernetes.release import ManifestError, is_fixed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.promote.kubernetes.release import Cluster, DeploymentRelease, EndpointRelease, Manifest

__all__ = ["Secrets", "deployment_manifests", "endpoint_manifests", "key_secret", "manifests", "not_honoured", "placed"]


@dataclass(frozen=True)
class Secrets:
    """What must not lie in files. None: the Secret is in the cluster already, or somebody else puts it there."""

    keys: tuple[str, str] | None = None
    """The endpoint's primary and secondary key."""
    variables: Mapping[str, Mapping[str, str]] | None = None
    """By deployment, the resolved values of the variables that refer to secrets."""


def manifests(release: EndpointRelease, cluster: Cluster, secrets: Secrets | None = None) -> list[Manifest]:
    """Every object of the endpoint; the route last, so that it never names a Service that is not there.

    Raises:
        ManifestError: an image is not pinned, or the endpoint wants what a cluster cannot do.
    """
    given = secrets or Secrets()
    found = endpoint_manifests(release, cluster, given)
    for each in release.deployments:
        values = (given.variables or {}).get(each.plan.deployment)
        found.extend(deployment_manifests(each, cluster, values))
    route = routing.http_route(release.name, release.backends, cluster, release.traffic, release.mirror)
    return [*found, placed(route, cluster)]


def endpoint_manifests(release: EndpointRelease, cluster: Cluster, secrets: Secrets) -> list[Manifest]:
    """What all deployments share, without the route.

    Raises:
        ManifestError: the sidecar cannot do what the endpoint wants.
    """
    account: Manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": object_name(release.name), "labels": endpoint_labels(release.name)},
        "automountServiceAccountToken": False,
    }
    if cluster.sidecar_image is None:
        return [placed(account, cluster)]
    sidecar.check(release, cluster.sidecar_image)
    found = [account] if secrets.keys is None else [account, key_secret(release.name, secrets.keys)]
    return [placed(each, cluster) for each in found]


def key_secret(endpoint: str, keys: tuple[str, str]) -> Manifest:
    """The Secret with the endpoint's keys; the sidecar of every pod lets in who shows one of them."""
    return _secret(
        sidecar.keys_name(endpoint), endpoint_labels(endpoint), {"primaryKey": keys[0], "secondaryKey": keys[1]}
    )


def deployment_manifests(
    release: DeploymentRelease, cluster: Cluster, secret_values: Mapping[str, str] | None = None
) -> list[Manifest]:
    """The objects of one deployment.

    Raises:
        ManifestError: its image is not pinned by digest.
    """
    if not is_fixed(release.image):
        raise ManifestError(
            f"The image of {release.plan.deployment} is {release.image}, which may change under its tag. "
            "Name it by its digest: NAME@sha256:…, as the registry tells after a push."
        )
    target_port = workload.SCORING_PORT if cluster.sidecar_image is None else sidecar.PORT_NAME
    found = [
        *_configuration(release, cluster, secret_values),
        workload.deployment(release, cluster),
        routing.service(release, target_port),
        scaling.disruption_budget(release),
    ]
    scaler = scaling.autoscaler(release)
    return [placed(each, cluster) for each in ([*found, scaler] if scaler is not None else found)]


def not_honoured(release: EndpointRelease, cluster: Cluster) -> list[str]:
    """What the documents say and the cluster will not do, one sentence each."""
    found = []
    if cluster.sidecar_image is None:
        found.append(
            "Without the sidecar nobody checks keys or limits concurrent requests: the cluster's own gateway has to."
        )
    for each in release.deployments:
        found.extend(f"{each.plan.deployment}: {told}" for told in _not_honoured_of(each))
    return found


def _not_honoured_of(release: DeploymentRelease) -> Sequence[str]:
    settings = getattr(release.document, "scale_settings", None)
    told = {
        "app_insights_enabled: nothing is sent to Application Insights from the cluster.": release.plan.app_insights,
        "data_collector: what is collected stays in the pod and ends with it.": bool(release.plan.data_collector),
        "scale_settings.polling_interval: the autoscaler looks as often as the cluster has it look.": bool(
            settings is not None and settings.polling_interval
        ),
        "egress_public_network_access: a NetworkPolicy of the cluster decides what is reached.": bool(
            getattr(release.document, "egress_public_network_access", None)
        ),
        "liveness_probe.success_threshold: Kubernetes has 1.": release.plan.liveness.success_threshold != 1,
    }
    return [text for text, applies in told.items() if applies]


def _configuration(
    release: DeploymentRelease, cluster: Cluster, secret_values: Mapping[str, str] | None
) -> list[Manifest]:
    endpoint, deployment = release.plan.endpoint, release.plan.deployment
    found: list[Manifest] = []
    data = workload.config_data(release, cluster)
    if data:
        metadata = {"name": object_name(endpoint, deployment), "labels": labels(endpoint, deployment)}
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    if secret_values:
        found.append(_secret(workload.secrets_name(release), labels(endpoint, deployment), secret_values))
    return found


def _secret(name: str, marks: Mapping[str, str], values: Mapping[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": dict(marks)},
        "type": "Opaque",
        "stringData": dict(values),
    }


def placed(manifest: Manifest, cluster: Cluster) -> Manifest:
    """The object in the cluster's namespace."""
    metadata = {"name": manifest["metadata"]["name"], "namespace": cluster.namespace, **manifest["metadata"]}
    return {**manifest, "metadata": metadata}
