from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from devkit.golden.records import Payload, Rolling, chosen, data_file, file_of, record_of

AT = dt.datetime(2026, 11, 21, 13, 5, 9, 250_000, tzinfo=dt.timezone.utc)


def payload(body: bytes | None = b'{"x": [1]}', content_type: str = "application/json", **more: Any) -> Payload:
    size = len(body) if body is not None else 5_000_000
    values = {"collection": "request", "client_id": None, "body": body, "size": size, **more}
    return Payload(
        endpoint="shop",
        deployment="blue",
        time=AT,
        method="POST",
        path="/score",
        content_type=content_type,
        request_id="6f1c",
        sha256=hashlib.sha256(body or b"").hexdigest(),
        **values,
    )


def test_a_request_is_written_as_the_service_writes_it() -> None:
    """Every key of the documented record, with the body as JSON."""
    assert record_of(payload()) == {
        "specversion": "1.0",
        "id": "6f1c",
        "source": "/onlineEndpoints/shop/deployments/blue",
        "type": "azureml.inference.request",
        "datacontenttype": "application/json",
        "time": "2026-11-21T13:05:09.250Z",
        "data": {"x": [1]},
        "path": "/score",
        "method": "POST",
        "contentrange": "bytes 0-9/10",
        "correlationid": "6f1c",
        "xrequestid": "6f1c",
    }


def test_an_answer_is_told_apart_and_found_by_the_clients_id() -> None:
    """The client's own id is the correlation id, where it gave one."""
    record = record_of(payload(collection="response", client_id="order-7"))
    assert (record["type"], record["correlationid"]) == ("azureml.inference.response", "order-7")


@pytest.mark.parametrize("body", [b"plain", b"{broken"])
def test_text_stays_text(body: bytes) -> None:
    """What is no JSON, whatever its content type says, is written as text."""
    assert record_of(payload(body, "application/json"))["data"] == body.decode()
    assert record_of(payload(b"[1]", "text/plain"))["data"] == "[1]"


def test_bytes_have_a_file_of_their_own() -> None:
    """The line points to the file beside it."""
    image = payload(b"\xff\xd8", "image/jpeg")
    assert data_file(image) == "6f1c-request.bin"
    assert record_of(image)["dataref"] == "6f1c-request.bin"
    assert data_file(payload()) is None


def test_a_body_that_was_not_kept_is_told_by_size_and_digest() -> None:
    """Above the limit the line says how much it was."""
    record = record_of(payload(None))
    assert (record["data"], record["contentrange"]) == (None, "bytes 0-4999999/5000000")
    assert len(record["datasha256"]) == 64


def test_headers_are_written_when_they_were_captured() -> None:
    """Under a key of their own."""
    assert record_of(payload(headers={"x-tenant": "a"}))["headers"] == {"x-tenant": "a"}


@pytest.mark.parametrize(
    ("rolling", "folder"), [("day", "2026/11/21"), ("hour", "2026/11/21/13"), ("minute", "2026/11/21/13/05")]
)
def test_files_roll_as_often_as_they_are_told(rolling: Rolling, folder: str) -> None:
    """The path below modelDataCollector is the service's, in UTC."""
    for zone in (dt.timezone.utc, dt.timezone(dt.timedelta(hours=9))):
        moved = replace(payload(), time=AT.astimezone(zone))
        assert str(file_of(moved, rolling, "gateway")) == f"shop/blue/request/{folder}/gateway.jsonl"


def test_a_request_and_its_answer_stay_together() -> None:
    """One draw decides for both; the smaller rate takes part of what the larger takes."""
    rates = {"request": 0.5, "response": 0.25}
    assert chosen(rates, 0.1) == {"request", "response"}
    assert chosen(rates, 0.3) == {"request"}
    assert chosen(rates, 0.5) == frozenset()
    assert chosen({"request": 1.0, "response": 0.0}, 0.999) == {"request"}
