"""The bodies that a promotion sends, and the plan that tells of them; pure and offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from devkit.promote.azure.states import TAG
from devkit.promote.targets.base import Change
from devkit.spec import rest
from devkit.spec.dumping import document_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.control_plane.client import WorkspaceId
    from devkit.promote.targets.base import Desired, TargetState
    from devkit.spec.documents.block import Block

    Json = dict[str, Any]

__all__ = ["bodies_of", "changes", "endpoint_body"]

_FILES = frozenset({"model", "environment", "code_configuration", "name", "endpoint_name", "$schema"})
_SHORT = 12


def bodies_of(deployment: Block, promotion: str, location: str) -> Json:
    """The body of PUT for a deployment whose assets are ids; it bears the promotion's tag."""
    body = rest.deployment_body(deployment, location=location)
    return _tagged(body, promotion)


def endpoint_body(desired: Desired, workspace: WorkspaceId, location: str) -> Json:
    """The body of PUT for a new endpoint: the project's, or a managed one with keys; without traffic."""
    if desired.endpoint is None:
        body: Json = {
            "location": location,
            "identity": {"type": "SystemAssigned"},
            "properties": {"authMode": "Key"},
        }
        return _tagged(body, desired.promotion)
    block = desired.endpoint.block.model_copy(update={"traffic": None, "mirror_traffic": None})
    compute = _compute_id(getattr(block, "compute", None), workspace)
    return _tagged(rest.endpoint_body(block, location=location, compute_id=compute), desired.promotion)


def changes(desired: Desired, state: TargetState | None) -> list[Change]:
    """What will be changed against `state`; against nothing if None."""
    digests, plan = desired.digests, desired.plan
    parts = (("code", digests.code), ("model", digests.model), ("environment", digests.environment))
    found = [
        Change("create", f"{what} version {each[:_SHORT]}", ("reused where it is there",))
        for what, each in parts
        if each
    ]
    verb = "keep" if state is not None and state.exists else "create"
    found.append(Change(cast("Any", verb), f"endpoint {plan.endpoint}"))
    found += [Change("keep", f"deployment {each}") for each in (() if state is None else state.deployments)]
    return [*found, Change("create", f"deployment {plan.deployment}", tuple(_values(desired)))]


def _values(desired: Desired) -> Sequence[str]:
    value = document_of(desired.deployment.block)
    return [f"{path}: {each}" for path, each in _leaves({key: value[key] for key in value if key not in _FILES})]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}" if path else str(key))
    elif path.startswith("environment_variables."):
        yield path, "(set)"  # a value may be a secret
    else:
        yield path, value


def _compute_id(compute: Any, workspace: WorkspaceId) -> str | None:
    """A cluster is named `azureml:NAME` in the YAML, and by its id in the body."""
    if compute is None:
        return None
    text = str(getattr(compute, "text", compute)).removeprefix("azureml:")
    return text if text.startswith("/subscriptions/") else f"{workspace.path}/computes/{text}"


def _tagged(body: Json, promotion: str) -> Json:
    return {**body, "tags": {**(body.get("tags") or {}), TAG: promotion}}
