"""How promotions to one endpoint leave each other's work alone."""

from __future__ import annotations

import pytest

from devkit.gateway.config import Backend, GatewayConfig, Target
from devkit.promote.targets.base import TargetError, TargetState
from devkit.promote.targets.docker_layout import Names, first_config
from devkit.promote.targets.docker_shares import declared, given_back, others_of, with_changes

OURS, THEIRS = Names("shop", "green", "p1"), Names("shop", "green", "p2")
BLUE = Names("shop", "blue", "p0")


def _backend(names: Names) -> Backend:
    return Backend(targets=(Target(name=names.instance(0), host=names.host(0), port=5001),))


def _config(*known: Names, traffic: dict[str, int] | None = None) -> GatewayConfig:
    backends = {each.deployment: _backend(each) for each in known}
    return with_changes(first_config("shop", ["k"]), {"backends": backends, "traffic": traffic or {}})


def test_a_deployment_is_declared_beside_the_others() -> None:
    """What the gateway knows stays known, and declaring twice is the same as once."""
    changes = declared(_config(BLUE), OURS, _backend(OURS))
    assert sorted(changes["backends"]) == ["blue", "green"]
    assert declared(_config(BLUE, OURS), OURS, _backend(OURS)) == changes


def test_the_name_of_another_promotion_s_deployment_is_refused() -> None:
    """Of two that make the same deployment at once, the second changes nothing."""
    with pytest.raises(TargetError, match="at this moment") as refused:
        declared(_config(THEIRS), OURS, _backend(OURS))
    assert refused.value.code == "Conflict"
    assert given_back(_config(THEIRS), OURS, TargetState("f")) == {}
    assert others_of(_config(THEIRS), OURS) == ["green"]


def test_traffic_that_was_taken_is_given_back() -> None:
    """The state before comes back where the deployment had a part of the traffic."""
    before = TargetState("f", True, ("blue",), {"blue": 100})
    changes = given_back(_config(BLUE, OURS, traffic={"green": 100}), OURS, before)
    assert (sorted(changes["backends"]), changes["traffic"], changes["mirror"]) == (["blue"], {"blue": 100}, {})


def test_traffic_that_others_moved_is_left() -> None:
    """A deployment that never had traffic takes nothing back with it: neither shares nor deployments of others."""
    changes = given_back(_config(BLUE, OURS, traffic={"blue": 100}), OURS, TargetState("f"))
    assert (sorted(changes["backends"]), changes["traffic"]) == (["blue"], {"blue": 100})
    assert others_of(_config(BLUE, OURS), OURS) == ["blue"]
    assert others_of(None, OURS) == []
