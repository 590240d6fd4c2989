"""What an online deployment records of its requests and answers."""

from __future__ import annotations

from typing import Annotated, Literal

from devkit.spec.documents.block import Block
from devkit.spec.documents.either import TextOr
from devkit.spec.documents.keys import Key, Limit
from devkit.spec.documents.values import Choice, Number, Text
from devkit.spec.schema_problems import Enforcer


class DataAsset(Block):
    """The data asset that a collection is written to."""

    name: Annotated[Text | None, Key("The data asset's name; <endpoint>-<deployment>-<collection> when absent.")] = None
    path: Annotated[
        Text | None,
        Key("The folder of a datastore to write to.", examples=("azureml://datastores/workspaceblobstore/paths/mdc",)),
    ] = None
    version: Annotated[
        Text | None,
        Key(
            "The data asset's version.",
            examples=("1",),
            note="A string: an integer is refused, other than the docs say.",
        ),
    ] = None
    data_id: Annotated[Text | None, Key("The id of a data asset that exists.")] = None


class Collection(Block):
    """One stream of records."""

    enabled: Annotated[
        Annotated[Literal["true", "false"], Choice()] | None,
        Key(
            "Whether it is recorded.",
            required=True,
            default="false",
            examples=("true",),
            note="In quotes: azure-ai-ml refuses a YAML boolean here.",
        ),
    ] = None
    data: Annotated[
        Annotated[DataAsset | str, TextOr()] | None, Key("Where the records go: a data asset, or its id.")
    ] = None
    client_id: Annotated[Text | None, Key("The client id of the identity that writes.")] = None


class RequestLogging(Block):
    """What is recorded of each request besides its body."""

    capture_headers: Annotated[list[Text] | None, Key("The request headers to record.", default=[])] = None


class DataCollector(Block):
    """What is recorded, and how much of it."""

    collections: Annotated[
        dict[Text, Collection] | None,
        Key(
            "The streams to record, by name; request and response record the whole body without code.",
            required=True,
            note="A data_collector without collections crashes azure-ai-ml.",
        ),
    ] = None
    sampling_rate: Annotated[
        Number | None,
        Key(
            "The share of requests that is recorded.",
            default=1.0,
            limits=(
                Limit(
                    Enforcer.LOADER,
                    minimum=0,
                    maximum=1,
                    says="Sampling rate must be an number in range (0.0-1.0)",
                ),
            ),
        ),
    ] = None
    rolling_rate: Annotated[
        Annotated[Literal["minute", "hour", "day"], Choice()] | None,
        Key("How often a new file begins.", default="hour", note="month and year are in the docs and refused."),
    ] = None
    request_logging: Annotated[RequestLogging | None, Key("What else of a request is recorded.")] = None
