"""What is read of Azure's answers, of the address, and of what the user gives."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from devkit.promote.azure.address import read_settings, refuse_clear_text
from devkit.promote.azure.credential import MANAGEMENT, Credential
from devkit.promote.azure.failures import FAILURES, failure_of
from devkit.promote.azure.quota import refusal
from devkit.promote.azure.states import base_of, sendable, state_of
from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from pathlib import Path

SIZE = "Standard_DS3_v2"
FAMILY = "standardDSv2Family"


def usage(used: int, limit: int, name: str = FAMILY) -> dict[str, Any]:
    return {"name": {"value": name}, "currentValue": used, "limit": limit}


def test_an_address() -> None:
    """Subscription, group and workspace; the newest stable API unless another is asked for."""
    settings = read_settings("s/g/w", {})
    there = settings.workspace
    assert (there.subscription, there.group, there.name) == ("s", "g", "w")
    assert (settings.url, settings.api_version) == ("https://management.azure.com", "2026-05-01")
    assert read_settings("s/g/w", {"api-version": "2025-12-01"}).api_version == "2025-12-01"


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("s/g", {}),
        ("s//w", {}),
        ("s/g/w", {"colour": "red"}),
        ("s/g/w", {"wait": "long"}),
        ("s/g/w", {"url": "http://management.example"}),
        ("s/g/w", {"storage": "http://storage.example"}),
    ],
)
def test_an_address_that_means_nothing(address: str, options: dict[str, str]) -> None:
    """It is refused before anything is asked; also a token in the clear."""
    with pytest.raises(TargetError):
        read_settings(address, options)


@pytest.mark.parametrize("url", ["https://shop.westeurope.inference.ml.azure.com", "http://127.0.0.1:8080"])
def test_a_key_is_sent_enciphered_or_within_this_machine(url: str) -> None:
    """An endpoint's key goes to https and to loopback."""
    refuse_clear_text(url, "endpoint's key")


def test_a_key_is_not_sent_in_the_clear() -> None:
    """A scoring address of http elsewhere is refused, and the reason told."""
    with pytest.raises(TargetError, match="not https: the endpoint's key would cross the network in the clear"):
        refuse_clear_text("http://10.0.0.1/api/v1/endpoint/shop", "endpoint's key")


def test_the_environment_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file goes before a variable, and both before azure-identity, as the page says."""
    monkeypatch.setitem(sys.modules, "azure", None)
    file = tmp_path / "token"
    file.write_text("of the file")
    both = {"DEVKIT_AZURE_TOKEN_FILE": str(file), "DEVKIT_AZURE_TOKEN": "of the variable"}
    assert Credential(MANAGEMENT, both).token() == "of the file"


def test_tokens_of_the_environment(tmp_path: Path) -> None:
    """A file is read at each request, so that something else may renew it; a variable is taken as it is."""
    file = tmp_path / "token"
    file.write_text("one\n")
    credential = Credential(MANAGEMENT, {"DEVKIT_AZURE_TOKEN_FILE": str(file)})
    assert credential.token() == "one"
    file.write_text("two\n")
    assert credential.token() == "two"
    assert Credential(MANAGEMENT, {"DEVKIT_AZURE_TOKEN": "three"}).token() == "three"


def test_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without azure-identity and without a variable the ways to a token are told."""
    monkeypatch.setitem(sys.modules, "azure", None)
    with pytest.raises(TargetError, match=r"az login.*DEVKIT_AZURE_TOKEN"):
        Credential(MANAGEMENT, {}).token()


@pytest.mark.parametrize(
    ("sizes", "usages", "refused"),
    [
        ([], [usage(0, 100)], None),
        ([{"name": "standard_ds3_V2"}], [usage(92, 100)], None),
        ([], [usage(93, 100)], "8 vCPUs"),
        ([], [usage(93, -1)], None),
        ([], [usage(100, 100, "another")], None),
        ([{"name": "Standard_F2s_v2"}], [], "not offered"),
    ],
)
def test_quota(sizes: list[Any], usages: list[Any], refused: str | None) -> None:
    """A size has to be offered, and its family's vCPUs with the reserve have to be left; what is not told passes."""
    why = refusal(SIZE, 1, sizes, usages)
    assert (refused is None) == (why is None)
    assert refused is None or refused in str(why)


@pytest.mark.parametrize(
    ("code", "message", "log", "meaning"),
    [
        ("OutOfQuota", "x", "", "quota"),
        ("ResourceNotReady", "User container has crashed", "ModuleNotFoundError: No module named 'torch'", "package"),
        ("ResourceNotReady", "User container has crashed", "", "ended by itself"),
        ("ResourceNotReady", "Liveness probe failed: 502: Bad Gateway", "", "probe in time"),
        ("ImageBuildFailure", "x", "", "resolved"),
        ("BadRequest", "Container was OOMKilled", "", "memory"),
    ],
)
def test_what_a_failure_means(code: str, message: str, log: str, meaning: str) -> None:
    """The log says more than that a container has crashed, and so comes first."""
    failure = failure_of(code, message, log)
    assert failure is not None
    assert meaning in failure.meaning


def test_an_unknown_failure_is_not_explained() -> None:
    """Nothing is made up for a code that the table does not have."""
    assert failure_of("SomethingNew", "it did not work") is None
    assert all(each.meaning and each.remedy for each in FAILURES)


def endpoint(**changes: Any) -> dict[str, Any]:
    properties = {
        "authMode": "Key",
        "traffic": {"blue": 100, "green": 0},
        "provisioningState": "Succeeded",
        "scoringUri": "https://shop.region.inference.ml.azure.com/score",
        "properties": {"AzureAsyncOperationUri": "https://…", "mine": "1"},
        **changes,
    }
    identity = {"type": "UserAssigned", "principalId": "p", "userAssignedIdentities": {"/id": {"clientId": "c"}}}
    return {"id": "/x", "name": "shop", "location": "r", "tags": {}, "identity": identity, "properties": properties}


def test_what_is_sent_back() -> None:
    """What only the service writes is left out, so that an endpoint can be put as it was read."""
    body = sendable(endpoint(), traffic={"green": 100})
    assert body["properties"] == {"authMode": "Key", "traffic": {"green": 100}, "properties": {"mine": "1"}}
    assert body["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {"/id": {}}}
    assert set(body) == {"location", "tags", "identity", "properties"}


def test_the_fingerprint() -> None:
    """It changes with traffic and deployments, and not with how far an operation is."""
    first = state_of(endpoint(), [])
    assert first.traffic == {"blue": 100}
    assert first.fingerprint == state_of(endpoint(provisioningState="Updating"), []).fingerprint
    assert first.fingerprint != state_of(endpoint(traffic={"blue": 90, "green": 10}), []).fingerprint
    assert first.fingerprint != state_of(endpoint(), [{"name": "green", "properties": {}}]).fingerprint


@pytest.mark.parametrize(
    ("scoring_uri", "route", "base"),
    [
        ("https://shop.region.inference.ml.azure.com/score", "/score", "https://shop.region.inference.ml.azure.com"),
        (
            "https://shop.region.inference.ml.azure.com/score",
            "/v1/models/m:predict",
            "https://shop.region.inference.ml.azure.com",
        ),
        (
            "https://shop.region.inference.ml.azure.com/v1/models/m:predict",
            "/v1/models/m:predict",
            "https://shop.region.inference.ml.azure.com",
        ),
        ("https://shop.region.inference.ml.azure.com/", "/", "https://shop.region.inference.ml.azure.com"),
        ("http://10.0.0.1/api/v1/endpoint/shop/score", "/score", "http://10.0.0.1/api/v1/endpoint/shop"),
    ],
)
def test_where_routes_begin(scoring_uri: str, route: str, base: str) -> None:
    """A golden request's path comes after the endpoint's address without the route that ends it."""
    assert base_of(scoring_uri, route) == base
