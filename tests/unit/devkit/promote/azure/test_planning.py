from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from devkit.promote.azure.states import TAG
from tests.support.example_bodies import EXAMPLES, is_deployment, promoted_body

SCHEMAS = Path(__file__).parents[2] / "spec" / "rest" / "data"


def validator(version: str, body: str) -> Draft4Validator:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"put-bodies-{version}.json").read_text(encoding="utf-8"))
    schema["definitions"]["Collection"]["properties"]["samplingRate"]["type"] = "number"
    return Draft4Validator({"definitions": schema["definitions"], **schema["resourceBodies"][body]})


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize("version", ["2026-05-01", "2023-04-01-preview"])
def test_the_examples_bodies_are_the_apis(path: Path, version: str) -> None:
    """What a promotion of each example sends is what Microsoft's published schema describes, with our tag on it."""
    body = promoted_body(path)
    kind = "workspaces_onlineEndpoints_deployments" if is_deployment(path) else "workspaces_onlineEndpoints"
    assert [error.message for error in validator(version, kind).iter_errors(body)] == []
    assert body["tags"][TAG] == "one"
    assert not body["properties"].get("traffic")
