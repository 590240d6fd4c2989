from __future__ import annotations

import pytest

from devkit.endpoints.traffic import parse_traffic, shown_traffic


@pytest.mark.parametrize(
    ("text", "traffic"),
    [
        ("blue=90 green=10", {"blue": 90, "green": 10}),
        ("blue=90,green=10", {"blue": 90, "green": 10}),
        ("'blue=100'", {"blue": 100}),
        ("", {}),
    ],
)
def test_traffic_is_read_as_az_reads_it(text: str, traffic: dict[str, int]) -> None:
    """Pairs stand apart by spaces or commas; quotes that a shell has left are no part of them."""
    assert parse_traffic(text) == traffic


@pytest.mark.parametrize("text", ["blue", "blue=", "=10", "blue=ten", "blue=-1", "blue=1 blue=2"])
def test_what_is_no_traffic_is_refused_with_an_example(text: str) -> None:
    """A mistake is told by the pair that has it."""
    with pytest.raises(ValueError, match=r"blue|=10"):
        parse_traffic(text)


def test_traffic_is_shown_as_it_is_typed() -> None:
    """What a table shows can be typed again."""
    assert parse_traffic(shown_traffic({"blue": 90, "green": 10})) == {"blue": 90, "green": 10}
