"""Durations as the REST API writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.spec.rest.durations import duration_ms, iso_duration


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(500, "PT0.5S"), (90_000, "PT1M30S"), (5_000, "PT5S"), (1, "PT0.001S"), (90_000_000, "P1DT1H"), (0, "PT0S")],
)
def test_spelling(milliseconds: int, text: str) -> None:
    """The text is the one that azure-ai-ml sends, and zero has one too."""
    assert iso_duration(milliseconds) == text


@given(st.integers(-(10**12), 10**12))
def test_round_trip(milliseconds: int) -> None:
    """Every whole number of milliseconds comes back."""
    assert duration_ms(iso_duration(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("P2W", 1_209_600_000), ("P1D", 86_400_000), ("PT1H0.25S", 3_600_250)]
)
def test_other_spellings(text: str, milliseconds: int) -> None:
    """Weeks, days and hours are read although we write none of the first."""
    assert duration_ms(text) == milliseconds


@pytest.mark.parametrize("text", ["", "P", "PT", "5", "P1Y", "P1M", "PT5", "5S"])
def test_refused(text: str) -> None:
    """What is no duration of a fixed length is refused by name."""
    with pytest.raises(ValueError, match="no ISO 8601 duration"):
        duration_ms(text)
