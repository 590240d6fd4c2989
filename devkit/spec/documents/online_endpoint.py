"""Online endpoints: managed (Azure's machines) and Kubernetes (an attached cluster)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from devkit.spec.documents.block import Block
from devkit.spec.documents.either import Reference
from devkit.spec.documents.keys import Key, Limit
from devkit.spec.documents.shared import (
    DESCRIPTION,
    ID,
    PROVISIONING_STATE,
    TAGS,
    FreeMap,
    Identity,
    name_limits,
)
from devkit.spec.documents.values import Choice, Held, Int, Text, fold_camel, refused
from devkit.spec.references import Asset, RegistryAsset, WorkspaceAsset
from devkit.spec.schema_problems import Code, Enforcer

MAX_TRAFFIC = 100
MAX_MIRROR_TRAFFIC = 50


def _at_most_whole(traffic: dict[str, int]) -> None:
    total = sum(traffic.values())
    if total > MAX_TRAFFIC:
        raise refused(
            Code.LIMIT,
            f"the traffic of all deployments adds up to {total}, more than 100 percent",
            "Lower the percentages to 100 in all.",
            says="Traffic rule percentages must sum to less than or equal to 100%",
        )


class Endpoint(Block):
    """What all endpoints with a name, a login and an identity have."""

    dropped: ClassVar = frozenset({"$schema"})

    name: Annotated[
        Text | None,
        Key(
            "The endpoint's name, unique in its Azure region.",
            required=True,
            flag="-n",
            limits=name_limits(Enforcer.LOADER),
            examples=("my-endpoint",),
            role="endpoint-name",
        ),
    ] = None
    description: Annotated[Text | None, DESCRIPTION] = None
    tags: Annotated[FreeMap | None, TAGS] = None
    properties: Annotated[
        FreeMap | None,
        Key(
            "Properties of the endpoint, as name and value.",
            default={},
            note="enforce_access_to_default_secret_stores: enabled lets a system-assigned identity read the "
            "workspace's secrets.",
        ),
    ] = None
    auth_mode: Annotated[
        Annotated[Literal["key", "aml_token", "aad_token"], Choice(fold_camel)] | None,
        Key(
            "How callers prove who they are: a fixed key, an Azure ML token, or a Microsoft Entra token.",
            default="key",
        ),
    ] = None
    identity: Annotated[Identity | None, Key("The managed identity that the deployments run as.")] = None
    id: Annotated[Text | None, ID] = None
    provisioning_state: Annotated[Text | None, PROVISIONING_STATE] = None
    scoring_uri: Annotated[Text | None, Key("Where requests go.", output_only=True)] = None
    openapi_uri: Annotated[Text | None, Key("Where the OpenAPI document is.", output_only=True)] = None
    location: Annotated[Text | None, Key("The Azure region.", output_only=True)] = None


class OnlineEndpoint(Endpoint):
    """What managed and Kubernetes endpoints share."""

    dropped: ClassVar = frozenset({"$schema", "kind"})

    traffic: Annotated[
        Annotated[dict[Text, Int], Held(_at_most_whole)] | None,
        Key(
            "The share of requests that each deployment answers.",
            default={},
            unit="percent",
            limits=(Limit(Enforcer.SERVICE, minimum=0, maximum=MAX_TRAFFIC),),
            examples=({"blue": 90, "green": 10},),
            note="All shares together are 0 or 100. An endpoint that does not exist yet has no deployments, so set "
            "traffic in an update.",
            role="deployment-name",
        ),
    ] = None


class ManagedOnlineEndpoint(OnlineEndpoint):
    """An HTTPS address in front of deployments on Azure's machines."""

    mirror_traffic: Annotated[
        dict[Text, Int] | None,
        Key(
            "The share of requests that is copied to one deployment, whose answers are thrown away.",
            default={},
            unit="percent",
            limits=(Limit(Enforcer.SERVICE, minimum=0, maximum=MAX_MIRROR_TRAFFIC),),
            examples=({"green": 10},),
            note="One deployment, and one without live traffic.",
            role="deployment-name",
        ),
    ] = None
    public_network_access: Annotated[
        Annotated[Literal["enabled", "disabled"], Choice()] | None,
        Key("Whether the endpoint can be called from the internet.", default="enabled"),
    ] = None


class KubernetesOnlineEndpoint(OnlineEndpoint):
    """An HTTPS address in front of deployments on an attached Kubernetes cluster."""

    compute: Annotated[
        Annotated[Asset | RegistryAsset | WorkspaceAsset, Reference("computes")] | None,
        Key(
            "The attached cluster; its presence makes this a Kubernetes endpoint.",
            examples=("azureml:my-cluster",),
            role="compute",
        ),
    ] = None
    mirror_traffic: Annotated[
        dict[Text, Int] | None,
        Key(
            "Copied traffic; the service offers it for managed endpoints only.",
            default={},
            unit="percent",
            limits=(Limit(Enforcer.SERVICE, minimum=0, maximum=MAX_MIRROR_TRAFFIC),),
            role="deployment-name",
        ),
    ] = None
