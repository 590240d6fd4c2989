"""Mirrored requests: what the client notices of them (nothing), and what is recorded."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from devkit.gateway.files import MIRROR_RECORDS
from tests.support.gateways import backend, until

if TYPE_CHECKING:
    from tests.support.gateways import FakeInstance, RunningGateway


def mirrored(gateway: RunningGateway) -> dict[str, int]:
    """What became of the copies for green."""
    counts: dict[str, int] = gateway.admin.state()["deployments"]["green"]["mirrored"]
    return counts


def records(gateway: RunningGateway) -> list[dict[str, Any]]:
    """The lines of the record file."""
    path = gateway.folder / MIRROR_RECORDS
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


@pytest.fixture
def half(gateway: RunningGateway, blue: FakeInstance, green: FakeInstance) -> RunningGateway:
    """Blue answers, green is shown half of the requests; all counts begin at zero."""
    gateway.use({})
    (gateway.folder / MIRROR_RECORDS).unlink(missing_ok=True)
    gateway.use({"blue": backend(blue), "green": backend(green)}, {"blue": 100}, mirror={"green": 50})
    return gateway


def test_a_mirrored_request_is_compared_and_recorded(half: RunningGateway, green: FakeInstance) -> None:
    """Green gets the same request with the same id; the record shows both answers."""
    until(lambda: half.post("/score", b'{"x": 1}') and records(half))
    (found, *_) = records(half)
    assert (found["path"], found["verdict"]) == ("/score", "different_body")
    assert (found["live"]["deployment"], found["mirror"]["deployment"]) == ("blue", "green")
    live, copied = json.loads(found["live"]["body"]), json.loads(found["mirror"]["body"])
    assert (live.pop("by"), copied.pop("by")) == ("blue-1", "green-1")
    assert live["headers"].pop("host")
    assert copied["headers"].pop("host")
    assert live == copied
    assert found in half.admin.state()["last_mirrored"]


def test_equal_answers_are_told_as_the_same(half: RunningGateway) -> None:
    """By the container's own status, whatever the client was told."""
    until(lambda: half.post("/status/500").status == 424 and records(half))
    assert {found["verdict"] for found in records(half)} == {"same"}


def test_a_slow_mirror_delays_nobody_and_is_bounded(
    half: RunningGateway, blue: FakeInstance, green: FakeInstance
) -> None:
    """Green never answers: every client has blue's answer at once, and copies beyond the bound are dropped."""
    blue.release()
    slowest = 0.0
    for _ in range(120):
        began = time.monotonic()
        assert half.post("/hold").json["by"] == "blue-1"
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 5
    assert len(green.seen) == 32
    assert mirrored(half)["dropped"] > 0
    green.release()
    until(lambda: mirrored(half).get("different_body") == 32)


def test_a_mirror_that_cannot_be_reached_or_recorded_harms_nobody(half: RunningGateway, green: FakeInstance) -> None:
    """The client's answers go on; what failed is counted."""
    (half.folder / MIRROR_RECORDS).mkdir()
    try:
        until(lambda: half.post("/break") and mirrored(half).get("not_recorded"))
        assert half.post("/score").status == 200
    finally:
        (half.folder / MIRROR_RECORDS).rmdir()
    assert mirrored(half)["no_answer"] >= 1


def test_a_named_deployment_is_not_mirrored(half: RunningGateway, green: FakeInstance) -> None:
    """Green sees none of the requests that name blue."""
    for _ in range(20):
        half.post(azureml_model_deployment="blue")
    assert green.seen == []


def test_large_requests_are_mirrored_up_to_a_bound(half: RunningGateway, green: FakeInstance) -> None:
    """One megabyte goes to both; five go to the live deployment alone."""
    until(lambda: half.post("/upload", b"x" * 1_000_000) and "/upload" in green.seen)
    until(lambda: mirrored(half).get("different_body") or mirrored(half).get("same"))
    until(lambda: half.post("/upload", b"x" * 5_000_000).json["size"] == 5_000_000 and mirrored(half).get("too_large"))
