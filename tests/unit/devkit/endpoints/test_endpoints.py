from __future__ import annotations

from pathlib import Path
from typing import Any

from devkit.endpoints.documents import Document, from_values
from devkit.endpoints.endpoints import put_endpoint, with_traffic_of
from devkit.spec.kinds import Family
from tests.support.memory_plane import MemoryPlane

CURRENT = {"properties": {"traffic": {"blue": 100}, "mirrorTraffic": {"green": 10}}}


def shop(**values: Any) -> Document:
    return from_values(Family.ONLINE_ENDPOINT, {"name": "shop", **values}, Path())


def sent(document: Document) -> dict[str, Any]:
    plane = MemoryPlane()
    put_endpoint(plane, document)
    properties: dict[str, Any] = plane.get_endpoint("shop")["properties"]
    return properties


def test_a_document_without_shares_takes_no_traffic_away() -> None:
    """Creating or updating an endpoint from a file that names no traffic leaves every share as it is."""
    properties = sent(with_traffic_of(CURRENT, shop()))
    assert properties["traffic"] == {"blue": 100}
    assert properties["mirrorTraffic"] == {"green": 10}


def test_a_document_with_shares_gives_them() -> None:
    """Traffic in the file is what the endpoint gets, an empty one too; the mirror that it does not name stays."""
    properties = sent(with_traffic_of(CURRENT, shop(traffic={"blue": 90, "red": 10})))
    assert properties["traffic"] == {"blue": 90, "red": 10}
    assert properties["mirrorTraffic"] == {"green": 10}
    assert sent(with_traffic_of(CURRENT, shop(traffic={})))["traffic"] == {}
