"""The tables of what each key of a document becomes: complete, lossless, and of the shape that Azure publishes."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from devkit.spec import rest
from devkit.spec.documents.environment import Environment
from devkit.spec.documents.model import Model
from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment, ManagedOnlineDeployment
from devkit.spec.documents.online_endpoint import KubernetesOnlineEndpoint, ManagedOnlineEndpoint
from devkit.spec.documents.values import LENIENT
from tests.support.rest_documents import documents, paths

if TYPE_CHECKING:
    from devkit.spec.documents.block import Block

KINDS = sorted(rest.TABLES, key=lambda kind: kind.__name__)
BODIES = {
    ManagedOnlineEndpoint: "workspaces_onlineEndpoints",
    KubernetesOnlineEndpoint: "workspaces_onlineEndpoints",
    ManagedOnlineDeployment: "workspaces_onlineEndpoints_deployments",
    KubernetesOnlineDeployment: "workspaces_onlineEndpoints_deployments",
    Model: "workspaces_models_versions",
    Environment: "workspaces_environments_versions",
}
VERSIONS = ("2026-05-01", "2023-04-01-preview")
QUICK = settings(
    max_examples=40,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@cache
def validator(version: str, body: str) -> Draft4Validator:
    schema = json.loads((Path(__file__).parent / "data" / f"put-bodies-{version}.json").read_text(encoding="utf-8"))
    schema["definitions"]["Collection"]["properties"]["samplingRate"]["type"] = "number"
    schema["definitions"]["FlavorData"] = {
        "properties": {"data": {"additionalProperties": {"type": "string"}, "type": "object"}},
        "additionalProperties": False,
    }
    return Draft4Validator({"definitions": schema["definitions"], **schema["resourceBodies"][body]})


def body_of(block: Block) -> dict[str, Any]:
    if isinstance(block, Model):
        return rest.model_body(block)
    if isinstance(block, Environment):
        return rest.environment_body(block)
    if isinstance(block, (ManagedOnlineDeployment, KubernetesOnlineDeployment)):
        return rest.deployment_body(block)
    return rest.endpoint_body(block)


def block_of(kind: type[Block], body: dict[str, Any]) -> Block:
    if kind is Model:
        return rest.model_of(body)
    if kind is Environment:
        return rest.environment_of(body)
    return rest.deployment_of(body) if "Deployment" in kind.__name__ else rest.endpoint_of(body)


def filled(kind: type[Block], document: dict[str, Any]) -> dict[str, Any]:
    """The document with what is sent for absent keys, and what an endpoint's answer always has."""
    result = deepcopy(document)
    for field in rest.TABLES[kind].fields:
        if field.has_default:
            *above, last = field.yaml_path
            place = result
            for key in above:
                place = place.setdefault(key, {})
            place.setdefault(last, field.default)
    if "Endpoint" in kind.__name__:
        result["location"] = "local"
    return result


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_key_is_sent_or_has_a_reason_not_to_be(kind: type[Block]) -> None:
    """No key of a document is lost without a word, and the tables name no key that no document has."""
    table = rest.TABLES[kind]
    declared = set(paths(kind))
    told = {field.yaml for field in table.fields}
    reasons = set(table.not_sent)
    inside = {path for path in declared if any(path.startswith(f"{each.removesuffix('.*')}.") for each in reasons)}
    assert declared - told - reasons - inside == set()
    assert told - declared == set()
    assert {each for each in reasons if not each.endswith(".*")} - declared == set()
    assert all(table.not_sent.values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@QUICK
def test_a_body_holds_the_document(kind: type[Block], data: st.DataObject) -> None:
    """What is sent comes back as the same document, with the defaults that were sent for it."""
    document = data.draw(documents(kind))
    if kind is KubernetesOnlineEndpoint:
        document.setdefault("compute", "azureml:cluster")
    if kind is KubernetesOnlineDeployment:
        document["type"] = "kubernetes"
    body = json.loads(json.dumps(body_of(kind.model_validate(document, context=LENIENT))))
    assert block_of(kind, body) == kind.model_validate(filled(kind, document), context=LENIENT)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@QUICK
def test_bodies_have_the_published_shape(kind: type[Block], version: str, data: st.DataObject) -> None:
    """Every body passes the schema that Microsoft publishes for its API version."""
    body = body_of(kind.model_validate(data.draw(documents(kind)), context=LENIENT))
    errors = [
        f"{'.'.join(map(str, each.path))}: {each.message}"
        for each in validator(version, BODIES[kind]).iter_errors(body)
    ]
    assert errors == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_code_version_has_the_published_shape(version: str) -> None:
    """The body of code, which has no document, passes too."""
    body = rest.code_body("file:///code", properties={"hash_sha256": "0"})
    assert list(validator(version, "workspaces_codes_versions").iter_errors(body)) == []
