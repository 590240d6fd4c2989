"""From a deployment's YAML to the plan that is promoted, without a control plane: every asset is a file here."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from devkit.control_plane.asset_versions import AssetOperations
from devkit.control_plane.content import Content
from devkit.control_plane.errors import NotFoundError, ServiceError
from devkit.control_plane.planning import DeploymentPlanner
from devkit.control_plane.records import VersionRecord
from devkit.control_plane.store import Store
from devkit.endpoints.assets import with_ids
from devkit.endpoints.documents import Document, DocumentError, from_values, read
from devkit.promote.digests import Digests, digests_of
from devkit.promote.errors import PromotionError
from devkit.runtime.protocol import CannotRunError
from devkit.spec import rest
from devkit.spec.dumping import document_of
from devkit.spec.kinds import Family, Kind
from devkit.spec.overrides import Override, parse_override

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.control_plane.client import Client
    from devkit.runtime.plan import DeploymentPlan
    from devkit.spec.documents.online_deployment import OnlineDeployment
    from devkit.workspace import Workspace

__all__ = ["Resolved", "documents_of", "resolve_file", "restored_document"]

_ENDPOINTS = frozenset({Kind.MANAGED_ONLINE_ENDPOINT, Kind.KUBERNETES_ONLINE_ENDPOINT})


@dataclass(frozen=True)
class Resolved:
    """A deployment with everything that it consists of."""

    document: Document
    endpoint: Document | None
    plan: DeploymentPlan
    """Its files are copies in the workspace under their own hash, so that what is edited meanwhile does not matter."""
    digests: Digests


def resolve_file(
    path: Path,
    workspace: Workspace,
    *,
    name: str | None = None,
    endpoint_name: str | None = None,
    settings: Sequence[str] = (),
) -> Resolved:
    """Read, check and resolve a deployment's file.

    Raises:
        PromotionError: it has mistakes, or consists of what is not on this machine.
    """
    overrides = [parse_override(each) for each in settings]
    overrides += [Override("name", name)] if name else []
    overrides += [Override("endpoint_name", endpoint_name)] if endpoint_name else []
    try:
        document = read(path, Family.ONLINE_DEPLOYMENT, overrides)
        endpoint = _endpoint_of(document)
        plan = _plan(document, workspace)
        return Resolved(document, endpoint, plan, digests_of(document, plan))
    except (DocumentError, CannotRunError, ServiceError, OSError, ValueError) as error:
        raise PromotionError(str(error)) from error


def documents_of(resolved: Resolved) -> dict[str, Any]:
    """The documents as JSON can hold them."""
    found = {"deployment": resolved.document, "endpoint": resolved.endpoint}
    return {key: None if each is None else document_of(each.block) for key, each in found.items()}


def restored_document(value: dict[str, Any], family: Family, folder: Path) -> Document:
    """A document of what `documents_of` gave.

    Raises:
        PromotionError: this version of devkit cannot read it.
    """
    try:
        return from_values(family, value, folder)
    except DocumentError as error:
        raise PromotionError(f"What the journal tells of the deployment cannot be read: {error}") from None


def _endpoint_of(deployment: Document) -> Document | None:
    """The endpoint's file beside the deployment's, if there is one."""
    from devkit.checks.project import open_project

    project, _ = open_project([deployment.folder])
    wanted = getattr(deployment.block, "endpoint_name", None)
    for subject in project.subjects:
        beside = subject.path.parent == deployment.folder and subject.kind in _ENDPOINTS
        if beside and getattr(subject.block, "name", None) == wanted:
            return read(subject.path, Family.ONLINE_ENDPOINT)
    return None


def _plan(document: Document, workspace: Workspace) -> DeploymentPlan:
    workspace.prepare()
    assets = _LocalAssets(workspace)
    wanted = cast("OnlineDeployment", document.block)
    block = with_ids(cast("Client", assets), wanted, document.folder)
    body = rest.deployment_body(block)
    return DeploymentPlanner(cast("AssetOperations", assets)).plan(str(block.endpoint_name), document.name, body)


class _LocalAssets:
    """The part of a control plane that registers and finds assets, in memory: nothing has to run for a plan.

    What was registered in the workspace before is read from its state.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._content = Content(workspace)
        self._records: dict[str, VersionRecord] = {}

    def put_version(self, kind: str, name: str, version: str, body: dict[str, Any]) -> dict[str, Any]:
        properties = body["properties"]
        build = properties.get("build") or {}
        uri = properties.get("codeUri") or properties.get("modelUri") or build.get("contextUri")
        content = self._content.bring(kind, uri) if uri else None
        now = time.time()
        return self._kept(VersionRecord(kind, name, version, now, now, body, str(content) if content else None))

    def get_version(self, kind: str, name: str, version: str) -> dict[str, Any]:
        for record in self._registered(kind, name):
            if record.version == version:
                return self._kept(record)
        raise NotFoundError(f"{kind} {name}:{version}")

    def list_versions(self, kind: str, name: str) -> list[dict[str, Any]]:
        return [self._kept(each) for each in self._registered(kind, name)]

    def find_by_id(self, identifier: str, *_: str) -> VersionRecord:
        return self._records[identifier.removeprefix("azureml:")]

    def _kept(self, record: VersionRecord) -> dict[str, Any]:
        identifier = f"/subscriptions/local/{record.kind}/{record.name}/versions/{record.version}"
        self._records[identifier] = record
        return {**record.body, "id": identifier, "name": record.version}

    def _registered(self, kind: str, name: str) -> list[VersionRecord]:
        """Of the workspace, newest first. Reading beside a control plane that runs is safe: the journal is a WAL."""
        if not self._workspace.database.exists():
            return []
        store = Store(self._workspace.database)
        try:
            return AssetOperations(store, self._content.bring).all(kind, name)
        finally:
            store.close()
