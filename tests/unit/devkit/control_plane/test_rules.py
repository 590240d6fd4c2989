from __future__ import annotations

import pytest

from devkit.control_plane import rules
from devkit.control_plane.errors import BadArgumentError, ConflictError

READY = {"blue", "green"}
KNOWN = READY | {"slow"}


@pytest.mark.parametrize("name", ["ab", "a" * 33, "1blue", "blue-", "bl_ue", "", "blue\n"])
def test_names_are_refused(name: str) -> None:
    """A name that the service refuses is refused here."""
    with pytest.raises(BadArgumentError, match="name"):
        rules.check_name("endpoint", name)


@pytest.mark.parametrize("name", ["abc", "a-b-c", "A" * 32, "blue2"])
def test_names_are_taken(name: str) -> None:
    """A name that the service takes is taken here."""
    rules.check_name("endpoint", name)


@pytest.mark.parametrize("traffic", [{}, {"blue": 100}, {"blue": 90, "green": 10}])
def test_traffic_of_none_or_all(traffic: dict[str, int]) -> None:
    """Traffic may add up to 0 or 100."""
    rules.check_traffic(traffic, READY, KNOWN)


@pytest.mark.parametrize("traffic", [{"blue": 99}, {"blue": 60, "green": 50}])
def test_traffic_of_something_else(traffic: dict[str, int]) -> None:
    """Traffic that adds up to anything else is refused with the sum."""
    with pytest.raises(BadArgumentError, match=str(sum(traffic.values()))):
        rules.check_traffic(traffic, READY, KNOWN)


def test_traffic_to_what_is_not_there() -> None:
    """Traffic to an unknown deployment is refused by name."""
    with pytest.raises(BadArgumentError, match="'red'"):
        rules.check_traffic({"red": 100}, READY, KNOWN)


def test_traffic_to_what_is_not_ready() -> None:
    """Traffic to a deployment that does not serve is refused for now."""
    with pytest.raises(ConflictError, match="not ready") as caught:
        rules.check_traffic({"slow": 100}, READY, KNOWN)
    assert caught.value.code == "ResourceNotReady"


def test_mirror_to_an_idle_deployment() -> None:
    """Up to half of the traffic may be mirrored to one deployment without live traffic."""
    rules.check_mirror({"green": 50}, {"blue": 100}, READY, KNOWN)


@pytest.mark.parametrize(
    ("mirror", "reason"),
    [
        ({"green": 51}, "at most 50"),
        ({"blue": 10}, "live traffic"),
        ({"green": 10, "slow": 10}, "one deployment only"),
        ({"red": 10}, "'red'"),
    ],
)
def test_mirrors_are_refused(mirror: dict[str, int], reason: str) -> None:
    """More than half, several, live or unknown deployments are refused."""
    with pytest.raises(BadArgumentError, match=reason):
        rules.check_mirror(mirror, {"blue": 100}, READY, KNOWN)


@pytest.mark.parametrize("share", [-1, 101, 1.5, "10", True, None])
def test_shares_are_whole_percentages(share: object) -> None:
    """A share that is no whole percentage is refused by its deployment's name."""
    with pytest.raises(BadArgumentError, match="'blue'"):
        rules.shares({"blue": share}, "Traffic")


def test_shares_of_nothing_are_dropped() -> None:
    """A share of 0 is not kept, and names are folded as the service folds them."""
    assert rules.shares({"Blue": 100, "green": 0}, "Traffic") == {"blue": 100}


def test_what_has_traffic_stays() -> None:
    """A deployment with live or mirrored traffic cannot be deleted; another can."""
    with pytest.raises(BadArgumentError, match="Set its traffic to 0"):
        rules.check_deletable("blue", {"blue": 100}, {})
    with pytest.raises(BadArgumentError, match="mirror"):
        rules.check_deletable("green", {"blue": 100}, {"green": 10})
    rules.check_deletable("slow", {"blue": 100}, {"green": 10})


def test_auth_modes_in_any_spelling() -> None:
    """The modes are taken in the spelling of YAML and of REST; others are refused."""
    assert [rules.check_auth_mode(mode) for mode in (None, "key", "aml_token", "AADToken")] == [
        "Key",
        "Key",
        "AMLToken",
        "AADToken",
    ]
    with pytest.raises(BadArgumentError, match="none"):
        rules.check_auth_mode("none")
