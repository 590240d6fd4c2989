"""Create, change and delete endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.control_plane.errors import NotFoundError
from devkit.spec import rest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.control_plane.client import Client
    from devkit.control_plane.polling import LongRunning
    from devkit.endpoints.documents import Document

    Json = dict[str, Any]

__all__ = ["endpoint_exists", "find_endpoint", "put_endpoint", "set_traffic", "with_traffic_of", "without_traffic"]


def endpoint_exists(client: Client, name: str) -> bool:
    """Whether the control plane has it."""
    return find_endpoint(client, name) is not None


def find_endpoint(client: Client, name: str) -> Json | None:
    """The endpoint's body; None where there is no such endpoint."""
    try:
        return client.get_endpoint(name)
    except NotFoundError:
        return None


def put_endpoint(client: Client, document: Document) -> LongRunning:
    """Create or replace the endpoint that a document describes; shares of 0 are left out, as azure-ai-ml does."""
    body = rest.endpoint_body(document.block)
    for key in ("traffic", "mirrorTraffic"):
        if key in body["properties"]:
            body["properties"][key] = _shares(body["properties"][key])
    return client.put_endpoint(document.name, body)


def without_traffic(document: Document) -> tuple[Document, bool]:
    """The document as the service takes it at creation, and whether its traffic had to be left out.

    A new endpoint has no deployments that could take traffic.
    """
    block = document.block
    given = getattr(block, "traffic", None) or getattr(block, "mirror_traffic", None)
    bare = block.model_copy(update={"traffic": None, "mirror_traffic": None})
    return type(document)(document.kind, bare, document.folder), bool(given)


def with_traffic_of(current: Mapping[str, Any], document: Document) -> Document:
    """The document with the shares that an endpoint has now, where it names none: no file takes traffic by silence."""
    block = document.block
    shares = {
        "traffic": current["properties"].get("traffic") or {},
        "mirror_traffic": current["properties"].get("mirrorTraffic") or {},
    }
    kept = {key: value for key, value in shares.items() if getattr(block, key, None) is None}
    return type(document)(document.kind, block.model_copy(update=kept), document.folder)


def set_traffic(
    client: Client,
    name: str,
    traffic: Mapping[str, int] | None = None,
    mirror: Mapping[str, int] | None = None,
) -> LongRunning:
    """Give the endpoint's traffic, its mirror traffic or both; None leaves it as it is."""
    body = client.get_endpoint(name)
    properties = dict(body["properties"])
    if traffic is not None:
        properties["traffic"] = _shares(traffic)
    if mirror is not None:
        properties["mirrorTraffic"] = _shares(mirror)
    return client.put_endpoint(name, {**body, "properties": properties})


def _shares(traffic: Mapping[str, int]) -> dict[str, int]:
    return {name: percent for name, percent in traffic.items() if percent}
