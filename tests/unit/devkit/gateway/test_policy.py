from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.gateway.authentication import Denial
from devkit.gateway.policy import DRAWS, Draw, Refusal, RequestFacts, Route, decide, pick

ANYBODY = RequestFacts(None, None)
NAMES = ("blue", "green", "red")


@st.composite
def shares(draw: st.DrawFn) -> dict[str, int]:
    """Traffic over three deployments that adds up to 100."""
    first = draw(st.integers(0, 100))
    second = draw(st.integers(0, 100 - first))
    return {"blue": first, "green": second, "red": 100 - first - second}


@given(shares())
def test_every_draw_once_gives_each_deployment_exactly_its_percent(traffic: dict[str, int]) -> None:
    """Over the hundred possible draws the split is exact."""
    counted = Counter(pick(traffic, draw) for draw in range(DRAWS))
    assert counted == {name: percent for name, percent in traffic.items() if percent}


def test_a_seeded_split_is_exact() -> None:
    """The same seed gives the same split, to the request."""
    chance = random.Random(7)  # noqa: S311  chance, no secret
    draws = [Draw(int(chance.random() * DRAWS), 0) for _ in range(10_000)]
    counted = Counter(decide(ANYBODY, NAMES, {"blue": 90, "green": 10}, {}, draw) for draw in draws)
    assert counted == {Route("blue"): 9004, Route("green"): 996}


@given(shares(), st.integers(0, 99), st.integers(0, 99), st.sampled_from([0, 1, 30, 50]))
def test_a_deployment_without_traffic_answers_nobody_who_did_not_name_it(
    traffic: dict[str, int], live: int, copied: int, percent: int
) -> None:
    """Whatever the draw, the answering deployment has traffic, and a mirror is never the answering one."""
    decision = decide(ANYBODY, NAMES, traffic, {"red": percent}, Draw(live, copied))
    assert isinstance(decision, Route)
    assert traffic[decision.deployment] > 0
    assert decision.mirror is None or (decision.mirror == "red" != decision.deployment and copied < percent)


@given(shares(), st.integers(0, 99), st.sampled_from(NAMES))
def test_a_named_deployment_answers_and_is_never_mirrored(traffic: dict[str, int], draw: int, name: str) -> None:
    """The header goes past the traffic, and such a request is not copied."""
    facts = RequestFacts(None, name)
    assert decide(facts, NAMES, traffic, {"red": 50}, Draw(draw, 0)) == Route(name, None)


def test_an_unknown_deployment_is_404_and_the_message_tells_the_known_ones() -> None:
    """A header with a name that does not exist is refused, not ignored."""
    decision = decide(RequestFacts(None, "purple"), NAMES, {"blue": 100}, {}, Draw(0, 0))
    assert isinstance(decision, Refusal)
    assert decision.status == 404
    assert "purple" in decision.message
    assert "blue, green, red" in decision.message


@pytest.mark.parametrize("traffic", [{}, {"blue": 0}])
def test_no_traffic_is_404(traffic: dict[str, int]) -> None:
    """An endpoint whose deployments have no traffic answers 404."""
    decision = decide(ANYBODY, NAMES, traffic, {}, Draw(0, 0))
    assert isinstance(decision, Refusal)
    assert decision.status == 404


def test_who_is_not_let_in_learns_nothing_of_the_deployments() -> None:
    """401 comes before 404."""
    facts = RequestFacts(Denial(401, "Unauthorized", "no"), "purple")
    assert decide(facts, NAMES, {}, {}, Draw(0, 0)) == Refusal(401, "Unauthorized", "no")


def test_half_of_the_requests_are_mirrored_at_50_percent() -> None:
    """The mirror's share is exact over all draws."""
    decisions = [decide(ANYBODY, NAMES, {"blue": 100}, {"green": 50}, Draw(0, draw)) for draw in range(DRAWS)]
    assert Counter(decisions) == {Route("blue", "green"): 50, Route("blue"): 50}
