from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devkit.control_plane.rollout import Step, steps

COUNTS = st.integers(0, 50)


@given(COUNTS, COUNTS, st.integers(1, 50))
def test_enough_serve_at_all_times(old: int, new: int, wanted: int) -> None:
    """At no step do fewer serve than the smaller of what served before and what is wanted; and all of it ends."""
    new = min(new, wanted)
    least = min(old + new, wanted)
    for step in steps(old, new, wanted):
        new += step.start
        old -= step.stop
        assert old >= 0
        assert old + new >= least
    assert (old, new) == (0, wanted)


@given(st.integers(1, 50), st.integers(1, 50))
def test_a_fifth_at_a_time(old: int, wanted: int) -> None:
    """While something serves, at most a fifth, and at least one, is started at a time."""
    assert all(step.start <= max(1, wanted // 5) for step in steps(old, 0, wanted))


def test_the_first_instances_start_together() -> None:
    """A new deployment starts all its instances at once."""
    assert list(steps(0, 0, 7)) == [Step(7, 0)]


def test_ten_instances_are_replaced_two_by_two() -> None:
    """Ten instances take five steps, each with the new up before the old goes."""
    assert list(steps(10, 0, 10)) == [Step(2, 2)] * 5


def test_what_is_there_already_is_left_alone() -> None:
    """The same instances again are no roll-out."""
    assert list(steps(0, 3, 3)) == []
