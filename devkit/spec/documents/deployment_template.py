"""Deployment templates of a registry: how a model of it is deployed unless somebody says otherwise (preview)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from devkit.spec.documents.block import Block
from devkit.spec.documents.keys import Key, Limit
from devkit.spec.documents.online_deployment import EnvironmentValue
from devkit.spec.documents.shared import DESCRIPTION, TAGS, FreeMap, ReadinessProbe
from devkit.spec.documents.values import Bool, Int, Text, Version
from devkit.spec.schema_problems import Enforcer

_AT_LEAST_ONE = (Limit(Enforcer.SERVICE, minimum=1),)
_PORT = (Limit(Enforcer.SERVICE, minimum=1, maximum=65535),)


class TemplateProbe(ReadinessProbe):
    """How an instance is asked whether it is alive or ready."""

    scheme: Annotated[Text | None, Key("The protocol.", examples=("http",))] = None
    method: Annotated[Text | None, Key("The HTTP method.", examples=("GET",))] = None
    path: Annotated[Text | None, Key("The path that is asked.", examples=("/health",))] = None
    port: Annotated[Int | None, Key("The port that is asked.", limits=_PORT)] = None


class TemplateRequestSettings(Block):
    """How requests are handed to an instance."""

    request_timeout_ms: Annotated[
        Int | None, Key("How long a request may take.", unit="milliseconds", limits=_AT_LEAST_ONE)
    ] = None
    max_concurrent_requests_per_instance: Annotated[
        Int | None, Key("How many requests an instance gets at a time.", limits=_AT_LEAST_ONE)
    ] = None


class AcceleratorMap(Block):
    """How many accelerators of one type a copy of the model takes."""

    accelerator_type: Annotated[Text | None, Key("The type.", required=True, examples=("H100_80GB", "A100_80GB"))] = (
        None
    )
    number_of_accelerators_per_model_instance: Annotated[
        Int | None, Key("How many of them.", required=True, limits=_AT_LEAST_ONE)
    ] = None
    default: Annotated[Bool | None, Key("Whether this one is taken when nobody chooses.")] = None


class DeploymentTemplate(Block):
    """How a model of a registry is deployed unless somebody says otherwise."""

    dropped: ClassVar = frozenset({"$schema"})

    name: Annotated[Text | None, Key("The template's name.", required=True, flag="-n")] = None
    version: Annotated[Version | None, Key("The template's version.", required=True)] = None
    display_name: Annotated[Text | None, Key("The name that people see.")] = None
    description: Annotated[Text | None, DESCRIPTION] = None
    tags: Annotated[FreeMap | None, TAGS] = None
    type: Annotated[Text | None, Key("The kind of document.", examples=("deployment_template",))] = None
    deployment_template_type: Annotated[Text | None, Key("Whose machines it is for.", examples=("managed",))] = None
    environment: Annotated[
        EnvironmentValue | None,
        Key("The environment.", examples=("azureml://registries/<registry>/environments/<name>/versions/<version>",)),
    ] = None
    environment_variables: Annotated[
        FreeMap | None, Key("Variables that the code finds in its environment.", role="environment-variable")
    ] = None
    instance_count: Annotated[Int | None, Key("How many machines to run.", limits=_AT_LEAST_ONE)] = None
    default_instance_type: Annotated[
        Text | None, Key("The size of the machines unless somebody chooses.", role="instance-type")
    ] = None
    allowed_instance_types: Annotated[list[Text] | None, Key("The sizes to choose from.", role="instance-type")] = None
    model_mount_path: Annotated[Text | None, Key("Where the model is mounted.")] = None
    scoring_port: Annotated[Int | None, Key("The port that takes requests.", limits=_PORT)] = None
    scoring_path: Annotated[Text | None, Key("The path that takes requests.", examples=("/score",))] = None
    request_settings: Annotated[TemplateRequestSettings | None, Key("How requests are handed to an instance.")] = None
    liveness_probe: Annotated[TemplateProbe | None, Key("How an instance is asked whether it is alive.")] = None
    readiness_probe: Annotated[TemplateProbe | None, Key("How an instance is asked whether it is ready.")] = None
    accelerator_maps: Annotated[
        list[AcceleratorMap] | None, Key("How many accelerators a copy of the model takes.")
    ] = None
