"""Serverless endpoints: a model of the catalog, billed by the token."""

from __future__ import annotations

from typing import Annotated, ClassVar

from devkit.spec.documents.block import Block
from devkit.spec.documents.keys import Key
from devkit.spec.documents.shared import DESCRIPTION, PROPERTIES, TAGS, FreeMap
from devkit.spec.documents.values import Text


class ServerlessEndpoint(Block):
    """A model of the catalog, billed by the token."""

    dropped: ClassVar = frozenset(
        {"$schema", "id", "location", "provisioning_state", "scoring_uri", "headers", "system_data"}
    )

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
