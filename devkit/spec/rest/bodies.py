"""Typed models to REST bodies, and bodies and answers back to typed models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import ValidationError

from devkit.spec.documents.block import Block
from devkit.spec.documents.environment import Environment, InlineEnvironment
from devkit.spec.documents.model import Model, ModelFiles
from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment, ManagedOnlineDeployment
from devkit.spec.documents.online_endpoint import KubernetesOnlineEndpoint, ManagedOnlineEndpoint
from devkit.spec.documents.values import LENIENT
from devkit.spec.dumping import document_of
from devkit.spec.rest.assets import ENVIRONMENT, MODEL
from devkit.spec.rest.fields import Table, document_from, rest_from
from devkit.spec.rest.online_deployment import KUBERNETES_DEPLOYMENT, MANAGED_DEPLOYMENT
from devkit.spec.rest.online_endpoint import KUBERNETES_ENDPOINT, MANAGED_ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.spec.rest.types import Deployment, Endpoint

__all__ = [
    "TABLES",
    "BodyError",
    "code_body",
    "deployment_body",
    "deployment_of",
    "deployment_value",
    "endpoint_body",
    "endpoint_of",
    "endpoint_value",
    "environment_body",
    "environment_of",
    "environment_value",
    "model_body",
    "model_of",
    "model_value",
]

TABLES: Final[Mapping[type[Block], Table]] = {
    ManagedOnlineEndpoint: MANAGED_ENDPOINT,
    KubernetesOnlineEndpoint: KUBERNETES_ENDPOINT,
    ManagedOnlineDeployment: MANAGED_DEPLOYMENT,
    KubernetesOnlineDeployment: KUBERNETES_DEPLOYMENT,
    Model: MODEL,
    Environment: ENVIRONMENT,
}
"""What each key of a document becomes."""
_LOCAL: Final = "local"
_BlockType = TypeVar("_BlockType", bound=Block)


class BodyError(ValueError):
    """A body that does not have the API's shape; ``str(error)`` names each place and what is wrong with it."""


def endpoint_body(model: Block, *, location: str = _LOCAL, compute_id: str | None = None) -> dict[str, Any]:
    """The body of PUT onlineEndpoints/{name}.

    Args:
        model: a managed or Kubernetes online endpoint.
        location: the workspace's region.
        compute_id: the id that a Kubernetes endpoint's `compute` was looked up as; else it is sent as written.
    """
    document = document_of(model)
    if compute_id is not None:
        document["compute"] = compute_id
    return {"location": location, **rest_from(TABLES[type(model)], document)}


def endpoint_of(body: Mapping[str, Any], *, name: str | None = None) -> Endpoint:
    """The endpoint that a body of PUT or an answer of GET stands for; `name` where the body has none.

    Raises:
        BodyError: a value has not the API's type.
    """
    kubernetes = bool(_properties(body).get("compute"))
    kind: type[Endpoint] = KubernetesOnlineEndpoint if kubernetes else ManagedOnlineEndpoint
    return _read(kind, body, name=name or body.get("name"))


def deployment_body(
    model: Block,
    *,
    code_id: str | None = None,
    model_id: str | None = None,
    environment_id: str | None = None,
    location: str = _LOCAL,
) -> dict[str, Any]:
    """The body of PUT onlineEndpoints/{endpoint}/deployments/{name}.

    Args:
        model: a managed or Kubernetes online deployment.
        code_id: the id of the code's version; None leaves it at what the document refers to.
        model_id: likewise for the model.
        environment_id: likewise for the environment.
        location: the workspace's region.

    Raises:
        ValueError: the document gives an asset inline, and its id is not told: it has to be registered first.
    """
    document = document_of(model)
    for key, asset_id in (("model", model_id), ("environment", environment_id)):
        document[key] = asset_id or document.get(key)
        if isinstance(document[key], dict):
            raise ValueError(  # noqa: TRY004 - the type is a document's; what it lacks is the id
                f"the deployment's {key} is inline: register it and tell its id"
            )
    if code_id is not None:
        document["code_configuration"] = {**document.get("code_configuration", {}), "code": code_id}
    body = rest_from(TABLES[type(model)], document)
    return {"location": location, **body, "sku": {"name": "Default", **body["sku"]}}


def deployment_of(body: Mapping[str, Any], *, name: str | None = None, endpoint_name: str | None = None) -> Deployment:
    """The deployment that a body of PUT or an answer of GET stands for; assets are references to their ids.

    Raises:
        BodyError: a value has not the API's type.
    """
    kind: type[Deployment] = KubernetesOnlineDeployment if _on_kubernetes(body) else ManagedOnlineDeployment
    endpoint_name = endpoint_name or _after("onlineEndpoints", body.get("id"))
    return _read(kind, body, name=name or body.get("name"), endpoint_name=endpoint_name)


def endpoint_value(body: Mapping[str, Any]) -> dict[str, Any]:
    """The document's value of an answer about an endpoint, with what only Azure writes."""
    kubernetes = bool(_properties(body).get("compute"))
    table = KUBERNETES_ENDPOINT if kubernetes else MANAGED_ENDPOINT
    return {"name": body.get("name"), **document_from(table, body)}


def deployment_value(body: Mapping[str, Any]) -> dict[str, Any]:
    """The document's value of an answer about a deployment, with what only Azure writes."""
    endpoint = _after("onlineEndpoints", body.get("id"))
    table = KUBERNETES_DEPLOYMENT if _on_kubernetes(body) else MANAGED_DEPLOYMENT
    return {"name": body.get("name"), "endpoint_name": endpoint, **document_from(table, body)}


def model_value(body: Mapping[str, Any]) -> dict[str, Any]:
    """The document's value of an answer about a model's version, without name and version, which are in its id."""
    return document_from(MODEL, body)


def environment_value(body: Mapping[str, Any]) -> dict[str, Any]:
    """The document's value of an answer about an environment's version, likewise."""
    return document_from(ENVIRONMENT, body)


def code_body(uri: str, *, properties: Mapping[str, str] | None = None, anonymous: bool = True) -> dict[str, Any]:
    """The body of PUT codes/{name}/versions/{version}: `uri` is where the folder lies."""
    return {"properties": {"codeUri": uri, "isAnonymous": anonymous, "properties": dict(properties or {})}}


def model_body(model: ModelFiles, *, uri: str | None = None, anonymous: bool = False) -> dict[str, Any]:
    """The body of PUT models/{name}/versions/{version}: `uri` is where the file or folder lies, else the path is."""
    document = document_of(model)
    body = rest_from(MODEL, {**document, "path": uri or document.get("path")})
    body["properties"]["isAnonymous"] = anonymous
    return body


def model_of(body: Mapping[str, Any], *, name: str | None = None, version: str | None = None) -> Model:
    """The model that a body or an answer stands for; its path is the URI.

    Raises:
        BodyError: a value has not the API's type.
    """
    return _read(Model, body, **_version_of(body, "models", name, version))


def environment_body(
    model: InlineEnvironment,
    *,
    conda: Mapping[str, Any] | str | None = None,
    context_uri: str | None = None,
    anonymous: bool = False,
) -> dict[str, Any]:
    """The body of PUT environments/{name}/versions/{version}.

    Args:
        model: the document.
        conda: what the conda file that the document names holds: its text, or the mapping. None takes `conda_file`
            for that text or mapping.
        context_uri: where the folder of `build.path` lies.
        anonymous: whether it belongs to one deployment only.
    """
    document = document_of(model)
    if conda is not None:
        document["conda_file"] = conda
    if context_uri is not None:
        document["build"] = {**document.get("build", {}), "path": context_uri}
    body = rest_from(ENVIRONMENT, document)
    body.setdefault("properties", {})["isAnonymous"] = anonymous
    return body


def environment_of(body: Mapping[str, Any], *, name: str | None = None, version: str | None = None) -> Environment:
    """The environment that a body or an answer stands for; its conda file is the mapping.

    Raises:
        BodyError: a value has not the API's type.
    """
    return _read(Environment, body, **_version_of(body, "environments", name, version))


def _version_of(
    body: Mapping[str, Any], collection: str, name: str | None, version: str | None
) -> dict[str, str | None]:
    return {
        "name": name or _after(collection, body.get("id")),
        "version": version or _after("versions", body.get("id")) or body.get("name"),
    }


def _read(kind: type[_BlockType], body: Mapping[str, Any], **names: str | None) -> _BlockType:
    try:
        document = document_from(TABLES[kind], body)
        return kind.model_validate({**{k: v for k, v in names.items() if v}, **document}, context=LENIENT)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise BodyError(f"the body is no {kind.__name__}: {found}") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise BodyError(f"the body is no {kind.__name__}: {error}") from None


def _properties(body: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise BodyError("the body has no 'properties'; send the resource's fields below it")
    return properties


def _on_kubernetes(body: Mapping[str, Any]) -> bool:
    return str(_properties(body).get("endpointComputeType", "")).lower() == "kubernetes"


def _after(segment: str, resource_id: Any) -> str | None:
    """The part of an id that follows `segment`, whose case Azure does not keep."""
    parts = str(resource_id or "").split("/")
    folded = [part.lower() for part in parts]
    place = folded.index(segment.lower()) + 1 if segment.lower() in folded else len(parts)
    return parts[place] if place < len(parts) else None
