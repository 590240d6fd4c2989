"""Serverless endpoints: a model of the catalog, billed by the token."""

from __future__ import annotations

from typing import Annotated, ClassVar

from devkit.spec.documents.block import Block
from devkit.spec.documents.keys import Key
from devkit.spec.documents.shared import DESCRIPTION, ID, PROPERTIES, PROVISIONING_STATE, TAGS, FreeMap
from devkit.spec.documents.values import Text


class ServerlessEndpoint(Block):
    """A model of the catalog, billed by the token."""

    dropped: ClassVar = frozenset({"$schema", "system_data"})
    ignores_unknown: ClassVar = True

    name: Annotated[Text | None, Key("The endpoint's name.", required=True, flag="-n", role="endpoint-name")] = None
    model_id: Annotated[
        Text | None,
        Key(
            "The model to serve.",
            required=True,
            examples=("azureml://registries/azureml-meta/models/Meta-Llama-3.1-8B-Instruct",),
        ),
    ] = None
    auth_mode: Annotated[Text | None, Key("How callers prove who they are.", default="key", examples=("key",))] = None
    description: Annotated[Text | None, DESCRIPTION] = None
    tags: Annotated[FreeMap | None, TAGS] = None
    properties: Annotated[FreeMap | None, PROPERTIES] = None
    id: Annotated[Text | None, ID] = None
    location: Annotated[Text | None, Key("The Azure region.", output_only=True)] = None
    provisioning_state: Annotated[Text | None, PROVISIONING_STATE] = None
    scoring_uri: Annotated[Text | None, Key("Where requests go.", output_only=True)] = None
    headers: Annotated[FreeMap | None, Key("The headers that a request needs.", output_only=True)] = None
