from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.golden.compare import differences
from devkit.golden.paths import BadPathError, Pattern, shown
from devkit.golden.rules import Rules, Tolerance

if TYPE_CHECKING:
    import random

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def told(expected: Any, actual: Any, rules: Rules | None = None) -> list[str]:
    return [str(each) for each in differences(expected, actual, rules or Rules())]


@given(JSON)
def test_a_value_equals_itself(value: Any) -> None:
    """Whatever an answer is, the same answer has no differences."""
    assert told(value, value) == []


@given(JSON, JSON)
def test_two_values_differ_one_way_as_the_other(one: Any, other: Any) -> None:
    """Whether two answers are the same does not depend on which was recorded."""
    assert bool(told(one, other)) == bool(told(other, one))


@given(JSON, JSON)
def test_what_is_ignored_never_counts(one: Any, other: Any) -> None:
    """A path takes everything at and below it out of the comparison."""
    rules = Rules(ignored=(Pattern.parse("$.noise"),))
    assert told({"kept": 1, "noise": one}, {"kept": 1, "noise": other}, rules) == []
    assert told({"noise": one}, {}, rules) == []
    assert told({}, {"noise": one}, rules) == []


@given(st.lists(st.floats(0, 1), max_size=8), st.randoms(use_true_random=False))
def test_an_unordered_list_may_come_in_any_order(values: list[float], rng: random.Random) -> None:
    """A shuffle within the tolerance is the same answer, also where near enough is ambiguous."""
    shuffled = [value + rng.uniform(-0.05, 0.05) for value in values]
    rng.shuffle(shuffled)
    rules = Rules(tolerance=Tolerance(absolute=0.0501), unordered=(Pattern.parse("$"),))
    assert told(values, shuffled, rules) == []


@pytest.mark.parametrize(
    ("expected", "actual", "message"),
    [
        ({"a": 1}, {"a": 2}, "$.a: 1 became 2, 1 off"),
        ({"a": 1}, {}, "$.a: 1 is missing"),
        ({}, {"a": 1}, "$.a: 1 is new"),
        ([1, 2], [1], "$: 2 items became 1"),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}]}, "$.a[0].b: 'x' became 'y'"),
        (True, 1, "$: True became 1"),
        (None, 0, "$: None became 0"),
        ("1", 1, "$: '1' became 1"),
        ({"a b": 1}, {"a b": None}, "$.a b: 1 became None"),
    ],
)
def test_a_difference_says_where_and_what(expected: Any, actual: Any, message: str) -> None:
    """Each difference names its place and both values."""
    assert told(expected, actual) == [message]


def test_the_last_tolerance_that_names_a_place_wins() -> None:
    """A general tolerance can be made stricter or wider for one field."""
    rules = Rules(
        tolerance=Tolerance(absolute=0.1),
        tolerances=((Pattern.parse("$.p[*]"), Tolerance()), (Pattern.parse("$.p[1]"), Tolerance(relative=0.5))),
    )
    assert told({"p": [1.0, 1.0], "q": 1.0}, {"p": [1.05, 1.3], "q": 1.05}, rules) == [
        "$.p[0]: 1.0 became 1.05, 0.05 off"
    ]


def test_numbers_that_are_none() -> None:
    """NaN equals NaN, an infinity itself alone."""
    wide = Rules(tolerance=Tolerance(absolute=1e300, relative=0.5))
    assert told(float("nan"), float("nan"), wide) == []
    assert told(float("inf"), float("inf"), wide) == []
    assert told(float("nan"), 1.0, wide) != []
    assert told(float("inf"), 1.0, wide) != []


@given(
    st.lists(st.integers(0, 9) | st.text(st.characters(exclude_characters='"*'), min_size=1, max_size=6), max_size=5)
)
def test_a_place_is_shown_as_a_path_is_read(place: list[str | int]) -> None:
    """What a report shows can be put into a golden file as it stands."""
    assert Pattern.parse(shown(tuple(place))).steps == tuple(place)


@pytest.mark.parametrize("text", ["", "a.b", "$a", "$[", "$[x]", "$..a", "$.a["])
def test_a_text_that_is_no_path_is_refused(text: str) -> None:
    """The message says what a path looks like."""
    with pytest.raises(BadPathError, match="\\$"):
        Pattern.parse(text)
