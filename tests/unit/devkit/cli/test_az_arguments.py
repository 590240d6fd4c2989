from __future__ import annotations

import shlex

import pytest

from devkit.cli.az_arguments import in_single_values


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("online-endpoint update --set a=1 b.c=2 -n x", "online-endpoint update --set a=1 --set b.c=2 -n x"),
        ("online-endpoint update --traffic blue=90 green=10", "online-endpoint update --traffic 'blue=90 green=10'"),
        ("online-endpoint update --traffic 'blue=90 green=10'", "online-endpoint update --traffic 'blue=90 green=10'"),
        ("online-endpoint update --traffic=a=1 -r b=2", "online-endpoint update --traffic=a=1 -r b=2"),
        ("model update --add a.b k=v x -n y", """model update --add '["a.b", "k=v", "x"]' -n y"""),
        ("model update --remove a 0 --remove b", """model update --remove '["a", "0"]' --remove '["b"]'"""),
        ("model update --remove=a -1 --set b=1 c=2", """model update --remove '["a", "-1"]' --set b=1 --set c=2"""),
        ("online-endpoint invoke -r a=1 b=2", "online-endpoint invoke -r a=1 b=2"),
        ("serve --set a=1 b=2", "serve --set a=1 b=2"),
        ("", ""),
    ],
)
def test_several_values_become_one_a_flag(typed: str, read: str) -> None:
    """As az's scripts write them; what belongs to another flag or command stays as it is."""
    assert in_single_values(shlex.split(typed)) == shlex.split(read)
