from __future__ import annotations

from devkit.gateway.config import Authentication, Backend, GatewayConfig, Target
from devkit.gateway.routing import Routing


def target(name: str, port: int = 1, **changes: bool) -> Target:
    return Target(name=name, host="127.0.0.1", port=port, **changes)


def config(**backends: Backend) -> GatewayConfig:
    return GatewayConfig(endpoint="e", revision=1, port=0, authentication=Authentication(), backends=backends)


def test_what_is_still_named_keeps_its_counts() -> None:
    """A deployment goes on counting, an instance keeps its load, and the limit follows the number of instances."""
    routing = Routing(config(blue=Backend(targets=(target("a"),), max_concurrent_per_instance=3)))
    blue = routing.backends["blue"]
    blue.counts.observe(200, 0.1)
    blue.targets[0].in_flight = 2
    (kept,) = blue.targets
    routing.put_in_force(
        config(blue=Backend(targets=(target("a", no_timeout=True), target("b")), max_concurrent_per_instance=3))
    )
    assert routing.backends["blue"] is blue
    assert blue.targets[0] is kept
    assert (kept.no_timeout, kept.in_flight, blue.gate.slots, blue.counts.requests) == (True, 2, 6, 1)


def test_an_instance_that_was_started_anew_is_another_one() -> None:
    """Same name, other port: its load begins at nothing."""
    routing = Routing(config(blue=Backend(targets=(target("a", 1),))))
    routing.backends["blue"].targets[0].in_flight = 2
    routing.put_in_force(config(blue=Backend(targets=(target("a", 2),))))
    (new,) = routing.backends["blue"].targets
    assert (new.port, new.in_flight) == (2, 0)


def test_a_deleted_deployment_is_gone_and_a_new_one_of_its_name_starts_afresh() -> None:
    """Its counters do not come back."""
    routing = Routing(config(blue=Backend(targets=(target("a"),))))
    old = routing.backends["blue"]
    old.counts.observe(200, 0.1)
    routing.put_in_force(config())
    assert routing.backends == {}
    assert old.targets == []
    routing.put_in_force(config(blue=Backend()))
    assert routing.backends["blue"].counts.requests == 0


def test_what_is_in_hand_at_an_instance_that_left_is_told_until_it_is_answered() -> None:
    """Whoever ends an instance can wait for its last request, over any number of configurations."""
    routing = Routing(config(blue=Backend(targets=(target("a"), target("b"))), green=Backend(targets=(target("c"),))))
    a, _ = routing.backends["blue"].targets
    (c,) = routing.backends["green"].targets
    a.in_flight = c.in_flight = 1
    routing.put_in_force(config(blue=Backend(targets=(target("b"),))))
    routing.put_in_force(config(blue=Backend(targets=(target("b"), target("d")))))
    assert routing.leaving() == {"a": 1, "c": 1}
    a.in_flight = 0
    assert routing.leaving() == {"c": 1}
