"""What ``--to kubernetes:[CONTEXT[/NAMESPACE]]`` and its options mean. Nothing is connected to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from devkit.promote.kubernetes.release import Cluster, GatewayReference, is_pinned
from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPTIONS", "Address", "Options", "parse_address", "parse_options"]

OPTIONS: Final[Mapping[str, str]] = {
    "image": "NAME@sha256:…, the image with the deployment's code and model, as its registry tells after the push",
    "gateway": "[NAMESPACE/]NAME of the Gateway that the route hangs on; endpoints",
    "hostname": "the host by which the endpoint is asked; any that the Gateway listens for",
    "sidecar": "NAME@sha256:…, the kit's gateway, which checks keys and limits in every pod",
    "no-sidecar": "yes: the cluster's own gateway checks keys and limits",
    "pull-secret": "the name of a Secret with the registry's login",
    "url": "where the Gateway is reached from here; its own address",
    "render": "a folder: write the manifests there when the plan is told",
}
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

    image: str
    cluster: Cluster
    url: str | None = None
    render: str | None = None


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
        _sidecar(given),
        given.get("pull-secret"),
    )
    return Options(_image(given), cluster, given.get("url"), given.get("render"))


def _image(given: Mapping[str, str]) -> str:
    image = given.get("image", "")
    if not is_pinned(image):
        raise TargetError(
            f"kubernetes: wants the image by its digest, and {image or 'none'} was given. Push an image that has code "
            "and model at the places of the container (docs/promote.md), and name it: "
            "--target-option image=NAME@sha256:…"
        )
    return image


def _sidecar(given: Mapping[str, str]) -> str | None:
    without = given.get("no-sidecar") == "yes"
    image = given.get("sidecar")
    if without == (image is not None):
        raise TargetError(
            "kubernetes: somebody has to check keys and limits. Give the image of the kit's gateway, --target-option "
            "sidecar=NAME@sha256:…, or, where the cluster's own gateway does it, --target-option no-sidecar=yes."
        )
    return image
