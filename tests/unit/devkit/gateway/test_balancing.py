from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from devkit.gateway.balancing import in_order


@dataclass
class Instance:
    """Something with load."""

    name: str
    in_flight: int = 0


def test_idle_instances_take_turns() -> None:
    """Among equally busy ones the first choice goes round."""
    instances = [Instance("a"), Instance("b"), Instance("c")]
    assert Counter(in_order(instances, turn)[0].name for turn in range(9)) == {"a": 3, "b": 3, "c": 3}


def test_the_least_busy_comes_first_and_all_are_tried() -> None:
    """The order holds every instance, so that one that refuses is followed by another."""
    instances = [Instance("a", 2), Instance("b", 0), Instance("c", 1)]
    for turn in range(5):
        assert [each.name for each in in_order(instances, turn)] == ["b", "c", "a"]


def test_no_instance_gives_no_order() -> None:
    """A deployment without instances is not an error here."""
    assert in_order([], 3) == []
