"""The examples' online endpoints and deployments, with ids in the place of what is registered first."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import yaml

from devkit.control_plane.client import WorkspaceId
from devkit.endpoints.documents import Document
from devkit.promote.azure.planning import bodies_of, endpoint_body
from devkit.spec.kinds import Family, Kind, member
from devkit.spec.loading import load
from tests.support.rest_documents import WORKSPACE

if TYPE_CHECKING:
    from devkit.promote.targets.base import Desired

__all__ = ["EXAMPLES", "document_of", "is_deployment", "promoted_body"]

ROOT = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(
    path
    for path in ROOT.glob("*/*.yml")
    if path.name.endswith(("deployment.yml", "endpoint.yml")) and path.parent.name != "batch"
)


def is_deployment(path: Path) -> bool:
    """Otherwise it is an endpoint."""
    return path.name.endswith("deployment.yml")


def document_of(path: Path) -> dict[str, Any]:
    """An example as it is once its assets are registered."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, kind in (("model", "models"), ("environment", "environments")):
        if key in document:
            document[key] = f"azureml:{WORKSPACE}/{kind}/name/versions/1"
    if "code_configuration" in document:
        document["code_configuration"]["code"] = f"azureml:{WORKSPACE}/codes/name/versions/1"
    if "compute" in document:
        document["compute"] = f"azureml:{WORKSPACE}/computes/cluster"
    if not is_deployment(path):
        document.pop("traffic", None)
        document.pop("mirror_traffic", None)
    return document


def promoted_body(path: Path) -> dict[str, Any]:
    """What a promotion sends for it."""
    document = document_of(path)
    family = Family.ONLINE_DEPLOYMENT if is_deployment(path) else Family.ONLINE_ENDPOINT
    kind: Kind = member(family, document)
    loaded = load(document, kind)
    assert loaded.block is not None
    if is_deployment(path):
        return bodies_of(loaded.block, "one", "local")
    desired = SimpleNamespace(endpoint=Document(kind, loaded.block, path.parent), promotion="one")
    return endpoint_body(cast("Desired", desired), WorkspaceId(), "local")
