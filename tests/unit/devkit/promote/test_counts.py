"""What gateways counted, in one."""

from __future__ import annotations

from devkit.promote.counts import Tally, observed_of
from devkit.promote.targets.base import Observed


def test_errors_are_the_servers_and_the_models() -> None:
    """5xx and 424 are errors of the deployment; what a client did wrong is none."""
    state = {"deployments": {"blue": {"by_status": {"200": 5, "400": 2, "424": 1, "502": 3}}}}
    assert observed_of(state, "blue") == Observed(11, 4)
    assert observed_of(state, "green") == Observed(0, 0)


def test_a_tally_outlives_those_who_count() -> None:
    """A gateway that began anew, and one that is gone, leave what they have counted."""
    tally = Tally()
    assert tally.total is None
    tally.note("a", Observed(10, 1))
    tally.note("b", Observed(5, 0))
    tally.note("a", Observed(3, 3))
    assert tally.total == Observed(18, 4)
    tally.note("a", Observed(4, 3))
    assert tally.total == Observed(19, 4)
    tally.note("a", Observed(9, 1))
    assert tally.total == Observed(28, 5), "fewer errors than before: it began anew"
