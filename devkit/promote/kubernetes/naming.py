"""Names and labels of the objects: what finds them again, and what marks them as the kit's."""

from __future__ import annotations

import hashlib
import re
from typing import Final

__all__ = ["DEPLOYMENT_LABEL", "ENDPOINT_LABEL", "MANAGER", "endpoint_labels", "labels", "object_name", "selector"]

MANAGER: Final = "endpoint-devkit"
"""The field manager of everything that is applied, and the value of app.kubernetes.io/managed-by."""
ENDPOINT_LABEL: Final = "endpoint-devkit/endpoint"
DEPLOYMENT_LABEL: Final = "endpoint-devkit/deployment"

_LONGEST: Final = 52  # a Service has 63 at most; a Deployment's pods add 11 to theirs
_UNFIT: Final = re.compile(r"[^a-z0-9]+")


def object_name(*parts: str) -> str:
    """A name for an object (RFC 1035 label). Where letters had to be changed or cut, a digest keeps it unique."""
    told = "-".join(parts)
    name = _UNFIT.sub("-", told.lower()).strip("-")
    if name == told and len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 7].rstrip('-')}-{hashlib.sha256(told.encode()).hexdigest()[:6]}"


def endpoint_labels(endpoint: str) -> dict[str, str]:
    """The labels of what all deployments of an endpoint share."""
    return {
        "app.kubernetes.io/name": endpoint,
        "app.kubernetes.io/managed-by": MANAGER,
        ENDPOINT_LABEL: endpoint,
    }


def labels(endpoint: str, deployment: str) -> dict[str, str]:
    """The labels of a deployment's objects and pods."""
    return {**endpoint_labels(endpoint), DEPLOYMENT_LABEL: deployment}


def selector(endpoint: str, deployment: str) -> dict[str, str]:
    """What a deployment's pods are found by. It can never be changed, so the kit's version is not in it."""
    return {ENDPOINT_LABEL: endpoint, DEPLOYMENT_LABEL: deployment}
