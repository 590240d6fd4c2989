"""The pure parts of validating by running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.promote.serving import production_plan
from devkit.promote.validation import percentile
from devkit.runtime.plan import DeploymentPlan, Flavour

if TYPE_CHECKING:
    from pathlib import Path

PLAN = DeploymentPlan("e", "blue", Flavour.SCRIPT, variables={"HOME": "/own", "LEVEL": "1"})


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([3.0], 0.99, 3.0),
        ([4.0, 1.0, 3.0, 2.0], 0.5, 2.0),
        ([float(n) for n in range(100)], 0.99, 98.0),
    ],
)
def test_percentiles_by_the_nearest_rank(values: list[float], share: float, expected: float | None) -> None:
    """A percentile is a value that was measured, and none of no values."""
    assert percentile(values, share) == expected


def test_a_process_has_an_empty_home(tmp_path: Path) -> None:
    """A process gets a HOME of its own and caches below it; what the deployment sets itself stays."""
    variables = production_plan(PLAN, tmp_path, "process").variables
    assert variables["XDG_CACHE_HOME"].startswith(str(tmp_path))
    assert list((tmp_path / "home").iterdir()) == []
    assert variables["HOME"] == "/own"
    assert variables["LEVEL"] == "1"


def test_a_container_has_its_own(tmp_path: Path) -> None:
    """A container's HOME is the image's."""
    assert production_plan(PLAN, tmp_path, "docker") == PLAN
