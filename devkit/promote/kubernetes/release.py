"""What is to run in a cluster: everything that the manifests are made from. Pure values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.promote.targets.base import Desired
    from devkit.runtime.container import ContainerPlan
    from devkit.runtime.plan import DeploymentPlan
    from devkit.spec.documents.online_deployment import OnlineDeployment

__all__ = [
    "BUILT",
    "BUILT_GATEWAY",
    "Backend",
    "Cluster",
    "DeploymentRelease",
    "EndpointRelease",
    "GatewayReference",
    "Manifest",
    "ManifestError",
    "is_fixed",
    "is_pinned",
    "release_of",
]

Manifest: TypeAlias = dict[str, Any]
"""One Kubernetes object, in the key order that people write."""

BUILT: Final = "devkit-"
BUILT_GATEWAY: Final = "devkit-gateway-"
"""Begin the tags of images that the kit pushes; what an image is made of ends them."""

_PINNED: Final = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
_BUILT: Final = re.compile(r"[^@\s]+:devkit-(gateway-)?[0-9a-f]{24}")


class ManifestError(ValueError):
    """The endpoint cannot be expressed for a cluster; ``str(error)`` says what, why, and what to do."""


def is_pinned(image: str) -> bool:
    """Whether an image is named by its digest, so that every node runs the same bytes: ``NAME@sha256:…``."""
    return _PINNED.fullmatch(image) is not None


def is_fixed(image: str) -> bool:
    """Whether an image's name means the same bytes for ever: by its digest, or by a tag that the kit makes of it."""
    return is_pinned(image) or _BUILT.fullmatch(image) is not None


@dataclass(frozen=True)
class GatewayReference:
    """The Gateway of the cluster that the endpoint's route hangs on."""

    name: str
    namespace: str | None = None
    """None: the endpoint's own."""

    @classmethod
    def parse(cls, text: str) -> GatewayReference:
        """From ``NAME`` or ``NAMESPACE/NAME``."""
        namespace, _, name = text.rpartition("/")
        return cls(name, namespace or None)


@dataclass(frozen=True)
class Cluster:
    """What the cluster offers and the document cannot know."""

    namespace: str = "default"
    gateway: GatewayReference = GatewayReference("endpoints")
    hostname: str | None = None
    """The host by which the endpoint is asked; None: any that the Gateway listens for."""
    sidecar_image: str | None = None
    """The kit's gateway, by digest; None: none, the cluster's own gateway authenticates and limits."""
    pull_secret: str | None = None
    """A Secret of type kubernetes.io/dockerconfigjson that is there already."""


@dataclass(frozen=True)
class DeploymentRelease:
    """One deployment with the image that holds its code and model."""

    plan: DeploymentPlan
    container: ContainerPlan
    document: OnlineDeployment
    image: str
    """By digest. What `container` mounts from this machine lies in it, at the same places."""
    digest: str = ""
    """Of the receipt; a new one is a new roll-out."""

    @property
    def backend(self) -> Backend:
        """The same for the route."""
        requests = self.plan.requests
        return Backend(self.plan.deployment, requests.timeout_s + requests.max_queue_wait_s)


@dataclass(frozen=True)
class Backend:
    """A deployment as the route knows it; that of another promotion is read from the cluster."""

    deployment: str
    wait_s: float
    """How long a request may take, its time in the queue included."""


@dataclass(frozen=True)
class EndpointRelease:
    """An endpoint with its deployments."""

    name: str
    deployments: tuple[DeploymentRelease, ...]
    auth_mode: Literal["key", "aml_token", "aad_token"] = "key"
    traffic: Mapping[str, int] = field(default_factory=dict)
    """Percent by deployment; 0 or 100 in all."""
    mirror: Mapping[str, int] = field(default_factory=dict)

    @property
    def backends(self) -> tuple[Backend, ...]:
        """Its deployments for the route."""
        return tuple(each.backend for each in self.deployments)


def release_of(desired: Desired, container: ContainerPlan, image: str) -> EndpointRelease:
    """What a promotion brings: one deployment, without traffic."""
    document = cast("OnlineDeployment", desired.deployment.block)
    endpoint: Any = None if desired.endpoint is None else desired.endpoint.block
    one = DeploymentRelease(desired.plan, container, document, image, desired.digests.whole[:16])
    return EndpointRelease(desired.plan.endpoint, (one,), getattr(endpoint, "auth_mode", None) or "key")
