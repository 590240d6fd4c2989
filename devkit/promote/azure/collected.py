"""Where collected data goes: a data asset for each collection, which the service writes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devkit.control_plane.errors import NotFoundError
from devkit.spec.documents.data_collector import DataAsset

if TYPE_CHECKING:
    from devkit.control_plane.client import Client
    from devkit.runtime.protocol import Progress
    from devkit.spec.documents.data_collector import Collection
    from devkit.spec.documents.online_deployment import OnlineDeployment

__all__ = ["with_data"]

_FOLDER: Final = "azureml://datastores/workspaceblobstore/paths/modelDataCollector"
"""azure-ai-ml 1.35's default, and the service's documented one."""
_VERSION: Final = "1"


def with_data(client: Client, deployment: OnlineDeployment, owner: tuple[str, str], told: Progress) -> OnlineDeployment:
    """Register what the collections are written to, as azure-ai-ml does, and put the ids in their place.

    Args:
        client: the workspace.
        deployment: with or without a data collector.
        owner: the endpoint's and the deployment's name, after which an asset is called that has no name.
        told: is told of each.

    Raises:
        ServiceError: the workspace refuses an asset.
    """
    collector = deployment.data_collector
    if collector is None or not collector.collections:
        return deployment
    collections = {
        name: each.model_copy(update={"data": _asset(client, each, (*owner, name), told)})
        for name, each in collector.collections.items()
    }
    return deployment.model_copy(update={"data_collector": collector.model_copy(update={"collections": collections})})


def _asset(client: Client, collection: Collection, owner: tuple[str, str, str], told: Progress) -> str:
    """The id of a collection's asset; one that is there is taken as it is."""
    wanted = collection.data if isinstance(collection.data, DataAsset) else DataAsset()
    known = collection.data if isinstance(collection.data, str) else wanted.data_id
    if known:
        return known
    name, version = wanted.name or "-".join(owner), wanted.version or _VERSION
    try:
        return str(client.get_version("data", name, version)["id"])
    except NotFoundError:
        body = {"properties": {"dataType": "uri_folder", "dataUri": wanted.path or f"{_FOLDER}/{'/'.join(owner)}"}}
    told(f"data {name}:{version} registered")
    return str(client.put_version("data", name, version, body)["id"])
