from __future__ import annotations

from typing import Any

import pytest

from devkit.endpoints.readiness import Standing, standing


def instance(state: str = "Ready", error: str | None = None, *, settled: bool = True, ready: Any = True) -> Any:
    """What the control plane tells of an instance."""
    return {"name": "e.blue.1.0", "state": state, "error": error, "settled": settled, "readiness": ready}


READY = instance()
STARTING = instance("Starting", settled=False, ready=None)
DEAD = instance("Restarting", "it ended: no model", settled=False, ready=None)
SICK = instance("Starting", settled=False, ready=False)
UNTOLD = instance(settled=False)
"""Ready, and its gateway does not know yet."""


@pytest.mark.parametrize(
    ("state", "instances", "settled", "failure"),
    [
        ("Succeeded", [READY, READY], True, None),
        ("Succeeded", [READY, STARTING], False, None),
        ("Succeeded", [READY, UNTOLD], False, None),
        ("Succeeded", [STARTING, DEAD], False, None),
        ("Succeeded", [READY, DEAD], True, "it ended: no model"),
        ("Succeeded", [SICK], True, "instance e.blue.1.0 fails its readiness probe."),
        ("Succeeded", [], True, "it has no instances; see devkit online-deployment get-logs."),
        ("Failed", [READY], True, None),
        ("Failed", [], True, "it has no instances; see devkit online-deployment get-logs."),
        ("Updating", [READY], False, None),
        ("Creating", [], False, None),
        ("Creating", [DEAD], False, None),
    ],
)
def test_waiting_ends_when_it_is_ready_or_has_failed(
    state: str, instances: list[Any], settled: bool, failure: str | None
) -> None:
    """What starts or rolls out is waited for; what died once, or has nothing that runs, is not."""
    found = standing("e/blue", state, instances)
    assert (found.settled, found.failure) == (settled, failure)


def test_it_is_told_in_words() -> None:
    """How many are ready, or why none is."""
    assert str(standing("e/blue", "Succeeded", [READY, STARTING])) == "e/blue: 1 of 2 instances ready"
    assert str(Standing("e/blue", failure="no model")) == "e/blue does not serve: no model"
