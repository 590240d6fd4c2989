"""The catalogue answers what may stand at a place."""

from __future__ import annotations

import pytest

from devkit.spec.catalog import key_at, keys_at, yaml_text
from devkit.spec.documents.block import declared_keys
from devkit.spec.kinds import FACTS, Kind

MANAGED = Kind.MANAGED_ONLINE_DEPLOYMENT


@pytest.mark.parametrize("kind", Kind)
def test_every_declared_key_is_found_at_its_place(kind: Kind) -> None:
    """Each key, however deep, is found by its path and has a description that ends like a sentence."""
    open_places = [((name,), info) for name, info in keys_at(kind).items()]
    assert [path for path, _ in open_places] == [(name,) for name in declared_keys(FACTS[kind].block)]
    while open_places:
        path, info = open_places.pop()
        assert key_at(kind, path) == info
        assert info.key.description.endswith("."), path
        assert info.page.startswith("https://"), path
        open_places += [((*path, name), child) for name, child in info.children.items()]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("model",), "path"),
        (("environment", "inference_config", "scoring_route"), "port"),
        (("data_collector", "collections", "request"), "enabled"),
        (("data_collector", "collections", "request", "data"), "version"),
        (("model", "allowed_deployment_templates", 0), "asset_id"),
    ],
)
def test_keys_are_found_through_names_lists_and_alternatives(path: tuple[str | int, ...], expected: str) -> None:
    """Free names, list items and the inline form of a reference are walked through."""
    assert expected in keys_at(MANAGED, path)


@pytest.mark.parametrize(
    "path", [("tags",), ("name",), ("model", "path"), ("nothing",), ("model", "nothing", "x"), ("tags", 0)]
)
def test_places_without_known_keys_have_none(path: tuple[str | int, ...]) -> None:
    """Below a scalar, a mapping with free names or an unknown key nothing is offered."""
    assert keys_at(MANAGED, path) == {}


def test_a_name_under_traffic_is_declared_by_traffic() -> None:
    """Hovering over a deployment's name tells about the mapping it stands in."""
    assert key_at(Kind.MANAGED_ONLINE_ENDPOINT, ("traffic", "blue")) == key_at(
        Kind.MANAGED_ONLINE_ENDPOINT, ("traffic",)
    )
    assert key_at(MANAGED, ("liveness_probe", "path")) is None
    assert key_at(MANAGED, ("nothing",)) is None


def test_the_other_spelling_of_a_key_leads_to_the_same_place() -> None:
    """Kubernetes' own name of the GPU key is known."""
    info = keys_at(Kind.KUBERNETES_ONLINE_DEPLOYMENT, ("resources", "limits"))["gpu"]
    assert info.key.alias == "nvidia.com/gpu"


def test_hover_tells_type_values_default_limit_and_who_holds_it() -> None:
    """The text for hover has all that is declared."""
    info = key_at(MANAGED, ("request_settings", "request_timeout_ms"))
    assert info is not None
    for part in (
        "integer",
        "Default: `5000` milliseconds",
        "1 to 180000 milliseconds (the service refuses others)",
        info.page,
    ):
        assert part in info.markdown
    choice = key_at(Kind.MANAGED_ONLINE_ENDPOINT, ("auth_mode",))
    assert choice is not None
    assert choice.values == ("key", "aml_token", "aad_token")
    flag = key_at(MANAGED, ("app_insights_enabled",))
    assert flag is not None
    assert flag.values == ("true", "false")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        ("true", "'true'"),
        ("1", "'1'"),
        ("text", "text"),
        ({"a": ["b", 1]}, "{a: [b, 1]}"),
        (1.5, "1.5"),
    ],
)
def test_values_are_shown_as_yaml(value: object, text: str) -> None:
    """A string that YAML would read as something else is shown in quotes."""
    assert yaml_text(value) == text
