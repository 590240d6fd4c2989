"""What a data collector leaves on the disk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devkit.gateway.config import Collecting
from tests.support.gateways import KEY, backend, until

if TYPE_CHECKING:
    from tests.support.gateways import FakeInstance, RunningGateway


def lines(gateway: RunningGateway, deployment: str, collection: str) -> list[dict[str, Any]]:
    """Every record of a collection."""
    folder = gateway.folder / "modelDataCollector" / "shop" / deployment / collection
    files = sorted(folder.rglob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text().splitlines() if line]


def test_requests_and_answers_are_written_down(gateway: RunningGateway, blue: FakeInstance) -> None:
    """Both have the request's id, the headers that were asked for, and no key."""
    collecting = Collecting(rates={"request": 1.0, "response": 1.0}, headers=("x-tenant", "Authorization"))
    gateway.use({"both": backend(blue, collecting=collecting)}, {"both": 100})
    reply = gateway.post(body=b'{"x": 1}', content_type="application/json", x_tenant="a")
    until(lambda: lines(gateway, "both", "response"))
    (request,), (response,) = lines(gateway, "both", "request"), lines(gateway, "both", "response")
    assert request["data"] == {"x": 1}
    assert request["headers"] == {"x-tenant": "a"}
    assert response["data"]["by"] == "blue-1"
    assert request["xrequestid"] == response["xrequestid"] == reply.headers["x-request-id"]
    assert KEY not in str((request, response))


def test_a_large_body_is_told_by_its_size(gateway: RunningGateway, blue: FakeInstance) -> None:
    """It goes through as it comes, and the record says how much it was."""
    gateway.use({"large": backend(blue, collecting=Collecting(rates={"request": 1.0}))}, {"large": 100})
    assert gateway.post("/upload", b"x" * (5 << 20)).json["size"] == 5 << 20
    (request,) = until(lambda: lines(gateway, "large", "request"))
    assert (request["data"], request["contentrange"]) == (None, f"bytes 0-{(5 << 20) - 1}/{5 << 20}")


def test_bytes_lie_beside_their_line(gateway: RunningGateway, blue: FakeInstance) -> None:
    """A body that is no text is a file of its own."""
    gateway.use({"bytes": backend(blue, collecting=Collecting(rates={"request": 1.0}))}, {"bytes": 100})
    gateway.post("/upload", b"\xff\xd8", content_type="image/jpeg")
    (request,) = until(lambda: lines(gateway, "bytes", "request"))
    (file,) = (gateway.folder / "modelDataCollector" / "shop" / "bytes").rglob(request["dataref"])
    assert file.read_bytes() == b"\xff\xd8"


def test_nothing_is_written_for_others(gateway: RunningGateway, blue: FakeInstance) -> None:
    """A rate of 0 and a deployment without a collector leave nothing."""
    gateway.use(
        {"none": backend(blue, collecting=Collecting(rates={"request": 0.0})), "plain": backend(blue)}, {"none": 100}
    )
    gateway.post()
    gateway.post(azureml_model_deployment="plain")
    gateway.use({"last": backend(blue, collecting=Collecting(rates={"request": 1.0}))}, {"last": 100})
    gateway.post()
    until(lambda: lines(gateway, "last", "request"))
    assert not lines(gateway, "none", "request")
    assert not (gateway.folder / "modelDataCollector" / "shop" / "plain").exists()
