"""What all targets know of what is promoted."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.endpoints.documents import from_values
from devkit.promote.digests import Digests
from devkit.promote.targets.base import Desired
from devkit.runtime.plan import DeploymentPlan, EnvironmentPlan, Flavour, RequestLimits
from devkit.spec.kinds import Family


@pytest.mark.parametrize(
    ("limits", "expected"),
    [(RequestLimits(), 60), (RequestLimits(60, 1, 0.5), 60.5), (RequestLimits(180, 1, 20), 200)],
)
def test_a_golden_request_may_take_as_long_as_a_client_s(limits: RequestLimits, expected: float) -> None:
    """What the deployment grants a request, its time in the queue included, and a minute at least."""
    values = {"name": "blue", "endpoint_name": "numbers", "instance_type": "Standard_DS3_v2"}
    document = from_values(Family.ONLINE_DEPLOYMENT, values, Path())
    plan = DeploymentPlan("numbers", "blue", Flavour.SCRIPT, environment=EnvironmentPlan("image"), requests=limits)
    desired = Desired("p", document, None, plan, Digests(None, None, "e", "y", {}), None)
    assert desired.replay_timeout_s == expected
