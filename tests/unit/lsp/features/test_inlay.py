from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.spec.positions import Span
from lsp.features.durations import in_words
from lsp.features.inlay import inlays
from tests.support.open_documents import open_text

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
name: blue
endpoint_name: shop
instance_type: Standard_DS3_v2
request_settings:
  request_timeout_ms: 3000
  max_concurrent_requests_per_instance: 2
liveness_probe:
  initial_delay: 600
  period: 10
"""


def test_hints_behind_values(tmp_path: Path) -> None:
    """A size shows what it has, a time that is hard to read shows words; nothing else shows anything."""
    found = inlays(open_text(tmp_path, TEXT), Span(0, len(TEXT)))
    assert [each.text for each in found] == ["4 vCPU · 14 GiB", "3 s", "10 min"]
    assert TEXT[: found[0].offset].endswith("Standard_DS3_v2")


def test_only_what_is_seen(tmp_path: Path) -> None:
    """Hints outside the asked part are left out."""
    assert [each.text for each in inlays(open_text(tmp_path, TEXT), Span(0, 70))] == ["4 vCPU · 14 GiB"]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (500, "milliseconds", "0.5 s"),
        (90000, "milliseconds", "90 s"),
        (180000, "milliseconds", "3 min"),
        (7200, "seconds", "2 h"),
        (30, "seconds", None),
        (90, "percent", None),
        (True, "seconds", None),
        ("3000", "milliseconds", None),
    ],
)
def test_durations_in_words(value: object, unit: str, words: str | None) -> None:
    """A time is told in the largest unit that fits, and only where that says more than the number."""
    assert in_words(value, unit) == words
