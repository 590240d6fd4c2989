"""When memory counts as growing."""

from __future__ import annotations

import pytest

from devkit.promote.growth import FEWEST, LiveUpdates, growth_of

MIB = 1 << 20


@pytest.mark.parametrize(
    ("samples", "grows"),
    [
        ([100 * MIB] * 21, False),
        ([100 * MIB + number * MIB for number in range(21)], True),
        ([100 * MIB, 140 * MIB, 150 * MIB, 155 * MIB, *[156 * MIB] * 17], False),
        ([54 * MIB, 54 * MIB, *[62 * MIB] * 6, *[70 * MIB] * 13], False),
        ([*[54 * MIB] * 15, *[62 * MIB] * 6], False),
        ([100 * MIB] * 20 + [300 * MIB], False),
        ([100 * MIB + (number % 2) * 20 * MIB for number in range(21)], False),
        ([100 * MIB - number * MIB for number in range(21)], False),
    ],
    ids=["level", "rising", "warming up", "glibc", "a late step", "one high figure", "to and fro", "falling"],
)
def test_growth_is_a_trend(samples: list[int], grows: bool) -> None:
    """Neither warming up, nor a step, nor a single high figure is growth; a model kept with every update is."""
    growth = growth_of(samples)
    assert growth is not None
    assert growth.grows is grows
    assert (growth.before, growth.after) == (samples[0], samples[-1])
    assert LiveUpdates(count=20, gpu_memory=growth).leaks is grows


def test_the_rate_is_exact() -> None:
    """A steady rise is told as what it is for each update."""
    growth = growth_of([7 * MIB * number for number in range(FEWEST + 1)])
    assert growth is not None
    assert growth.per_update == 7 * MIB


@pytest.mark.parametrize("samples", [[MIB] * FEWEST, [MIB] * 20 + [None], []])
def test_no_trend(samples: list[int | None]) -> None:
    """Too few figures, or one that is missing, show none."""
    assert growth_of(samples) is None
