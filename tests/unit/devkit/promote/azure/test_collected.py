from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from devkit.promote.azure.collected import with_data
from devkit.spec import rest
from devkit.spec.kinds import Kind
from devkit.spec.loading import load
from tests.support.memory_plane import MemoryPlane

if TYPE_CHECKING:
    from devkit.spec.documents.online_deployment import OnlineDeployment

FOLDER = "azureml://datastores/workspaceblobstore/paths/modelDataCollector/shop/green/request"


def deployment(**collector: Any) -> OnlineDeployment:
    document = {"name": "blue", "endpoint_name": "shop", "instance_type": "Standard_DS3_v2", "instance_count": 1}
    loaded = load({**document, **collector}, Kind.MANAGED_ONLINE_DEPLOYMENT)
    return cast("OnlineDeployment", loaded.block)


def collections(data: Any = None) -> dict[str, Any]:
    given = {} if data is None else {"data": data}
    return {"data_collector": {"collections": {"request": {"enabled": "true", **given}}}}


@pytest.mark.parametrize(
    ("data", "path", "uri"),
    [
        (None, "/data/shop-green-request/versions/1", FOLDER),
        ({"name": "mine"}, "/data/mine/versions/1", FOLDER),
        ({"version": "3", "path": "azureml://x"}, "/data/shop-green-request/versions/3", "azureml://x"),
    ],
)
def test_what_a_collection_is_written_to(data: Any, path: str, uri: str) -> None:
    """It is registered, called after who writes unless it has a name, and its id stands in the deployment's body."""
    plane, told = MemoryPlane(), list[str]()
    block = with_data(plane, deployment(**collections(data)), ("shop", "green"), told.append)
    assert plane.bodies[path]["properties"] == {"dataType": "uri_folder", "dataUri": uri}
    sent = rest.deployment_body(block)["properties"]["dataCollector"]["collections"]["request"]
    assert sent["dataId"] == plane.workspace.path + path
    assert len(told) == 1
    assert with_data(plane, deployment(**collections(data)), ("shop", "green"), told.append) == block
    assert len(told) == 1, "the second time it is there already"


@pytest.mark.parametrize(
    "data", ["/subscriptions/s/data/d/versions/1", {"data_id": "/subscriptions/s/data/d/versions/1"}]
)
def test_an_asset_that_exists_is_taken(data: Any) -> None:
    """An id is sent as it is, and nothing is registered."""
    plane = MemoryPlane()
    block = with_data(plane, deployment(**collections(data)), ("shop", "green"), lambda _: None)
    body = rest.deployment_body(block)
    assert body["properties"]["dataCollector"]["collections"]["request"]["dataId"].endswith("/data/d/versions/1")
    assert plane.bodies == {}


def test_without_a_collector() -> None:
    """A deployment that collects nothing stays as it is."""
    block = deployment()
    assert with_data(MemoryPlane(), block, ("shop", "green"), lambda _: None) is block
