from __future__ import annotations

from devkit.endpoints.observing import Deployment, Observation, rows

READY = {"name": "shop.blue.1.0", "state": "Ready", "readiness": True, "memoryBytes": 50 * 2**20, "restarts": 2}


def look(at: float, requests: int, *instances: dict[str, object]) -> Observation:
    """Blue of shop at a time, after so many requests."""
    counts = {"requests": requests, "errors": 1, "p50_s": 0.005}
    return Observation(at, (Deployment("shop", "blue", "Succeeded", 90, 0, instances, counts),))


def test_requests_per_second_come_from_two_looks() -> None:
    """The first look knows no rate; a gateway that began to count anew has none below zero."""
    first, second, third = look(0, 100, READY), look(2, 110, READY), look(3, 5, READY)
    assert rows(first, None)[0].rate is None
    assert rows(second, first)[0].rate == 5.0
    assert rows(third, second)[0].rate == 0.0


def test_each_instance_has_a_line_and_the_deployment_is_told_once() -> None:
    """What belongs to the whole deployment stands in its first line."""
    other = {**READY, "name": "shop.blue.1.1", "state": "Starting", "readiness": False, "debugPort": 5678}
    first, second = (row.cells() for row in rows(look(0, 7, READY, other), None))
    assert first[:7] == ("shop/blue", "Succeeded", "90 %", "1.0", "Ready", "", "yes")
    assert first[7:] == ("2", "50 MiB", "", "1", "5 ms", "")
    assert second[:7] == ("", "", "", "1.1", "Starting (debug 5678)", "", "no")


def test_a_deployment_without_instances_is_shown() -> None:
    """One that failed at once must not vanish from the view."""
    found = rows(look(0, 0), None)
    assert [row.cells()[0] for row in found] == ["shop/blue"]
    assert found[0].shown()["instance"] is None
