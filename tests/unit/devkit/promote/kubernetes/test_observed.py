"""What the objects in a cluster say."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.promote.kubernetes.observed import (
    backends_of,
    gateway_url,
    is_rolled_out,
    plain_http_caution,
    state_of,
    waiting_reason,
)
from devkit.promote.kubernetes.release import Backend

HTTP = {"name": "web", "port": 80, "protocol": "HTTP"}
HTTPS = {"name": "tls", "port": 443, "protocol": "HTTPS"}
DONE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


def gateway(*listeners: Any, address: str | None = "10.0.0.7") -> dict[str, Any]:
    status = {"addresses": [{"value": address}]} if address else {}
    return {"metadata": {"name": "public"}, "spec": {"listeners": list(listeners)}, "status": status}


@pytest.mark.parametrize(
    ("found", "hostname", "url"),
    [
        (gateway(HTTP), None, "http://10.0.0.7:80"),
        (gateway(HTTP, HTTPS), None, "http://10.0.0.7:80"),
        (gateway(HTTP, HTTPS), "shop.example", "https://shop.example:443"),
        (gateway(HTTP, address=None), "shop.example", "http://shop.example:80"),
        (gateway(HTTP, address=None), None, None),
        (gateway(HTTPS), None, None),
        (gateway(), "shop.example", None),
        (None, "shop.example", None),
    ],
)
def test_where_a_gateway_is(found: dict[str, Any] | None, hostname: str | None, url: str | None) -> None:
    """By its host name with TLS where it listens so, else by its address; a bare address has no certificate."""
    assert gateway_url(found, hostname) == url


@pytest.mark.parametrize(
    ("change", "done"),
    [
        ({}, True),
        ({"observedGeneration": 1}, False),
        ({"updatedReplicas": 1}, False),
        ({"replicas": 3}, False),
        ({"availableReplicas": 1}, False),
    ],
)
def test_a_roll_out_is_complete(change: dict[str, int], done: bool) -> None:
    """Every pod is of the newest description and available, and no old one is left."""
    deployment = {"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": {**DONE, **change}}
    assert is_rolled_out(deployment) is done


def test_a_deployment_without_a_status() -> None:
    """What the cluster has not looked at yet is not complete."""
    assert is_rolled_out({"metadata": {"generation": 1}, "spec": {}}) is False


@pytest.mark.parametrize(("reason", "hopeless"), [("ContainerCreating", False), ("InvalidImageName", True)])
def test_waiting_with_and_without_hope(reason: str, hopeless: bool) -> None:
    """A container that is being made may still come; one whose image has no valid name never will."""
    status = {"containerStatuses": [{"name": "inference", "state": {"waiting": {"reason": reason}}}]}
    assert (waiting_reason([{"metadata": {"name": "p"}, "status": status}]) is not None) is hopeless


def test_an_endpoint_of_somebody_else() -> None:
    """Services without the kit's marks count by their names, and with Azure's usual time."""
    service = {"metadata": {"name": "legacy"}}
    route = {"spec": {"rules": [{"backendRefs": [{"name": "legacy"}, {"name": "elsewhere", "weight": 3}]}]}}
    assert backends_of([service]) == [Backend("legacy", 5.5)]
    assert state_of(route, [service], []).traffic == {"legacy": 1}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://10.0.0.7:80", True),
        ("https://shop.example:443", False),
        ("http://127.0.0.1:8080", False),
        ("http://localhost:8080", False),
        (None, False),
    ],
)
def test_a_way_in_clear(url: str | None, told: bool) -> None:
    """Plain HTTP is cautioned against, but not to a port that is forwarded from this machine."""
    assert bool(plain_http_caution(url)) is told
