"""What ``--to kubernetes:[CONTEXT[/NAMESPACE]]`` and its options mean. Nothing is connected to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from devkit.promote.kubernetes.release import Cluster, GatewayReference
from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPTIONS", "Address", "Options", "parse_address", "parse_options"]

OPTIONS: Final[Mapping[str, str]] = {
    "registry": "REPOSITORY, such as registry.example/team/endpoints: images are built here and pushed to it",
    "image": "an image of your own with the deployment's code and model, pushed: NAME@sha256:… or NAME:TAG",
    "gateway": "[NAMESPACE/]NAME of the Gateway that the route hangs on; endpoints",
    "hostname": "the host by which the endpoint is asked; any that the Gateway listens for",
    "sidecar": "NAME@sha256:…, a gateway image of your own; one is built and pushed to the registry without it",
    "gateway-base": "what the gateway's image is built on: any with Python 3.10 or later; the deployment's own",
    "no-sidecar": "yes: the cluster's own gateway checks keys and limits",
    "pull-secret": "the name of a Secret with the registry's login",
    "url": "where the Gateway is reached from here; its own address",
    "render": "a folder: write the manifests there when the plan is told",
    "push": "yes: build and push the images when the plan is told, so that what is rendered names them by digest",
}
_REPOSITORY: Final = re.compile(r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Address:
    """A context of the kubeconfig, and a namespace; None: the current context, and `default`."""

    context: str | None = None
    namespace: str | None = None

    def __str__(self) -> str:
        """As it was written."""
        return "/".join(filter(None, (self.context or "", self.namespace)))


@dataclass(frozen=True)
class Options:
    """The target's options, checked."""

    image: str | None
    """The user's own; None: built and pushed to `registry`."""
    registry: str | None
    cluster: Cluster
    """Its sidecar is the one that the user named."""
    builds_sidecar: bool = False
    gateway_base: str | None = None
    url: str | None = None
    render: str | None = None
    push: bool = False
    """Whether a plan pushes: the one thing that it does beside being told."""


def parse_address(text: str) -> Address:
    """``CONTEXT``, ``CONTEXT/NAMESPACE``, ``/NAMESPACE``, or nothing. The contexts of EKS (arn:…) have a slash too.

    Raises:
        TargetError: the namespace is none.
    """
    parts = text.split("/")
    context = "/".join(parts[:2]) if text.startswith("arn:") else parts[0]
    rest = text[len(context) :].removeprefix("/")
    if rest and not _NAMESPACE.fullmatch(rest):
        raise TargetError(f"kubernetes:{text}: '{rest}' is no name of a namespace. Write CONTEXT/NAMESPACE.")
    return Address(context or None, rest or None)


def parse_options(given: Mapping[str, str], namespace: str) -> Options:
    """The options, with what they leave open.

    Raises:
        TargetError: there is no such option, or one is missing.
    """
    unknown = sorted(given.keys() - OPTIONS.keys())
    if unknown:
        told = "; ".join(f"{name} ({what})" for name, what in OPTIONS.items())
        raise TargetError(f"kubernetes: has no option {unknown[0]!r}. There are: {told}.")
    cluster = Cluster(
        namespace,
        GatewayReference.parse(given.get("gateway", "endpoints")),
        given.get("hostname"),
        given.get("sidecar"),
        given.get("pull-secret"),
    )
    return Options(
        given.get("image") or None,
        _registry(given),
        cluster,
        _builds_sidecar(given),
        given.get("gateway-base"),
        given.get("url"),
        given.get("render"),
        given.get("push") == "yes",
    )


def _registry(given: Mapping[str, str]) -> str | None:
    registry = given.get("registry") or None
    if registry is None and not given.get("image"):
        raise TargetError(
            "kubernetes: the nodes pull the image from a registry, and none is named. Name a repository that you may "
            "push to, --target-option registry=REGISTRY/REPOSITORY, or an image that you have pushed, --target-option "
            "image=NAME@sha256:…"
        )
    if registry is not None and not _REPOSITORY.fullmatch(registry):
        raise TargetError(f"kubernetes: registry={registry} is no repository. Write it without a tag: HOST/NAME.")
    return registry


def _builds_sidecar(given: Mapping[str, str]) -> bool:
    """Whether the kit makes the sidecar's image: unless the user has one, or wants none."""
    without, named = given.get("no-sidecar") == "yes", "sidecar" in given
    if without and named:
        raise TargetError("kubernetes: sidecar and no-sidecar contradict each other. Leave one out.")
    if not without and not named and not given.get("registry"):
        raise TargetError(
            "kubernetes: somebody has to check keys and limits. Name a registry for the kit's gateway, --target-option "
            "registry=REGISTRY/REPOSITORY, an image of it, --target-option sidecar=NAME@sha256:…, or, where the "
            "cluster's own gateway does it, --target-option no-sidecar=yes."
        )
    return not without and not named
