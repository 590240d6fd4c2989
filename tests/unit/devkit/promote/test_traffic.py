"""How traffic is shared while it moves."""

from __future__ import annotations

import pytest

from devkit.promote.traffic import shares_with, steps_of


@pytest.mark.parametrize(
    ("before", "percent", "after"),
    [
        ({"blue": 100}, 10, {"blue": 90, "green": 10}),
        ({"a": 70, "b": 30}, 10, {"a": 63, "b": 27, "green": 10}),
        ({"a": 33, "b": 33, "c": 34}, 50, {"a": 17, "b": 16, "c": 17, "green": 50}),
        ({"blue": 100, "old": 0}, 25, {"blue": 75, "green": 25}),
        ({"blue": 100}, 100, {"green": 100}),
        ({}, 10, {"green": 100}),
    ],
)
def test_others_keep_their_proportions(before: dict[str, int], percent: int, after: dict[str, int]) -> None:
    """The new deployment gets its share, the others share the rest as before, and the sum is 100."""
    assert shares_with(before, "green", percent) == after
    assert sum(after.values()) == 100


def test_no_step_twice() -> None:
    """Where nothing serves yet, all steps come to one: all traffic to the new deployment."""
    assert steps_of({}, "green", (10, 50, 100)) == [{"green": 100}]
    assert steps_of({"blue": 100}, "green", (50, 100)) == [{"blue": 50, "green": 50}, {"green": 100}]
