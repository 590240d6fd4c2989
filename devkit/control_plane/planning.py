"""From a deployment's body and the assets that it names to the plan that a runtime runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.control_plane.asset_versions import SOURCE
from devkit.control_plane.errors import BadArgumentError
from devkit.runtime.resolve import ResolveError, resolve
from devkit.runtime.stored import StoredAssets, StoredCode, StoredEnvironment, StoredModel
from devkit.spec.rest import BodyError, deployment_of, environment_of, model_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.control_plane.asset_versions import AssetOperations
    from devkit.control_plane.records import VersionRecord
    from devkit.runtime.plan import DeploymentPlan

    Json = Mapping[str, Any]

__all__ = ["DeploymentPlanner"]


class DeploymentPlanner:
    """Makes plans; looks assets up."""

    def __init__(self, assets: AssetOperations) -> None:
        self._assets = assets

    def plan(self, endpoint: str, name: str, body: Json) -> DeploymentPlan:
        """The plan.

        Raises:
            NotFoundError: an asset that the body names is not there.
            BadArgumentError: the body cannot be meant.
        """
        try:
            deployment = deployment_of(body, name=name, endpoint_name=endpoint)
            return resolve(deployment, self._stored(body["properties"], endpoint, name))
        except (BodyError, ResolveError) as error:
            raise BadArgumentError(str(error)) from None

    def _stored(self, properties: Json, endpoint: str, deployment: str) -> StoredAssets:
        def find(identifier: str | None) -> VersionRecord | None:
            return self._assets.find_by_id(identifier, endpoint, deployment) if identifier else None

        code = find((properties.get("codeConfiguration") or {}).get("codeId"))
        model = find(properties.get("model"))
        environment = find(properties.get("environmentId"))
        return StoredAssets(
            None if code is None else _stored_code(code),
            None if model is None else _stored_model(model),
            None if environment is None else _stored_environment(environment),
        )


def _stored_code(record: VersionRecord) -> StoredCode:
    source = (record.body["properties"].get("properties") or {}).get(SOURCE)
    return StoredCode(_content(record), Path(source) if source else None)


def _stored_model(record: VersionRecord) -> StoredModel:
    document = model_of(record.body, name=record.name, version=record.version)
    return StoredModel(document, _content(record), record.name, record.version)


def _stored_environment(record: VersionRecord) -> StoredEnvironment:
    document = environment_of(record.body, name=record.name, version=record.version)
    return StoredEnvironment(document, Path(record.content) if record.content else None)


def _content(record: VersionRecord) -> Path:
    if record.content is None:
        raise BadArgumentError(
            f"Version {record.version} of '{record.name}' among the {record.kind} was registered without files. "
            "Register it again with a path."
        )
    return Path(record.content)
