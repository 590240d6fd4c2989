"""Batch deployments: of a model, of a pipeline component, and the layout from before `type` existed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from devkit.spec.documents.block import Block, Refusal
from devkit.spec.documents.either import Reference, TextOr
from devkit.spec.documents.keys import Key, Limit
from devkit.spec.documents.online_deployment import Deployment
from devkit.spec.documents.shared import DESCRIPTION, TAGS, FreeMap
from devkit.spec.documents.values import Anything, Choice, Int, Text, refused
from devkit.spec.references import Asset, FileReference, RegistryAsset, WorkspaceAsset
from devkit.spec.schema_problems import Code, Enforcer

BatchType: TypeAlias = Annotated[Literal["model", "pipeline"], Choice()]
OutputAction: TypeAlias = Annotated[Literal["append_row", "summary_only"], Choice()]
ComponentValue: TypeAlias = Annotated[
    Asset | RegistryAsset | WorkspaceAsset | FileReference, Reference("components", path_allowed=True)
]

_AT_LEAST_ONE = (Limit(Enforcer.SERVICE, minimum=1),)
MINI_BATCH_SIZE = Key("How many files one call of run() gets.", default=10, limits=_AT_LEAST_ONE)
CONCURRENCY = Key("How many calls of run() an instance makes at a time.", default=1, limits=_AT_LEAST_ONE)
ERROR_THRESHOLD = Key(
    "How many files may fail before the job is stopped; -1 never stops it.",
    default=-1,
    limits=(Limit(Enforcer.SERVICE, minimum=-1, maximum=2**31 - 1),),
)
LOGGING_LEVEL = Key(
    "How much is logged.",
    default="info",
    examples=("info", "warning", "debug"),
    limits=(Limit(Enforcer.SERVICE, pattern=r"(?i)^(info|warning|debug)$", means="info, warning or debug"),),
)
OUTPUT_ACTION = Key("Whether the results of all calls are put into one file.", default="append_row")
OUTPUT_FILE_NAME = Key("The file that results are put into.", default="predictions.csv")


class RetrySettings(Block):
    """What happens to a call of run() that fails or takes too long."""

    max_retries: Annotated[
        Int | None, Key("How often it is tried again.", default=3, limits=(Limit(Enforcer.SERVICE, minimum=0),))
    ] = None
    timeout: Annotated[Int | None, Key("How long it may take.", default=30, unit="seconds", limits=_AT_LEAST_ONE)] = (
        None
    )


class BatchResources(Block):
    """The machines of a job."""

    instance_count: Annotated[Int | None, Key("How many.", default=1, limits=_AT_LEAST_ONE)] = None
    instance_type: Annotated[Text | None, Key("Their size, where the compute offers several.")] = None
    max_instance_count: Annotated[Int | None, Key("The most of them.", limits=_AT_LEAST_ONE)] = None
    locations: Annotated[list[Text] | None, Key("The regions a job may run in.")] = None
    shm_size: Annotated[
        Text | None,
        Key(
            "The container's shared memory.",
            default="2g",
            examples=("2g",),
            limits=(Limit(Enforcer.SERVICE, pattern=r"^\d+[bBkKmMgG]$", means="a number and b, k, m or g"),),
        ),
    ] = None
    docker_args: Annotated[Annotated[str | list[Text], TextOr()] | None, Key("More arguments for docker run.")] = None
    properties: Annotated[dict[Text, Anything] | None, Key("Settings of the compute.")] = None


class ModelBatchSettings(Block):
    """How the files are handed to run()."""

    mini_batch_size: Annotated[
        Int | None,
        Key(
            MINI_BATCH_SIZE.description,
            default=10,
            required=True,
            limits=_AT_LEAST_ONE,
            note="A settings block without it crashes azure-ai-ml.",
        ),
    ] = None
    max_concurrency_per_instance: Annotated[Int | None, CONCURRENCY] = None
    instance_count: Annotated[
        Int | None,
        Key("How many machines.", limits=_AT_LEAST_ONE, note="Goes under resources; both at once are refused."),
    ] = None
    error_threshold: Annotated[Int | None, ERROR_THRESHOLD] = None
    logging_level: Annotated[Text | None, LOGGING_LEVEL] = None
    retry_settings: Annotated[RetrySettings | None, Key("What happens to calls that fail.")] = None
    output_action: Annotated[OutputAction | None, OUTPUT_ACTION] = None
    output_file_name: Annotated[Text | None, OUTPUT_FILE_NAME] = None
    environment_variables: Annotated[FreeMap | None, Key("Variables that the code finds.", default={})] = None


class ModelBatchDeployment(Deployment):
    """A model that is run over files."""

    type: Annotated[BatchType | None, Key("What is deployed: a model or a pipeline component.")] = None
    compute: Annotated[
        Text | None,
        Key("The cluster to run on.", required=True, examples=("azureml:cpu-cluster",), role="compute"),
    ] = None
    resources: Annotated[BatchResources | None, Key("The machines of a job.")] = None
    settings: Annotated[ModelBatchSettings | None, Key("How the files are handed to run().")] = None

    @classmethod
    def refusals(cls, value: Mapping[str, Any]) -> Iterator[Refusal]:
        """The number of machines given twice."""
        settings = value.get("settings")
        count = settings.get("instance_count") if isinstance(settings, Mapping) else None
        if value.get("resources") is not None and count:
            yield (
                ("settings", "instance_count"),
                refused(
                    Code.CONFLICT,
                    "the number of machines belongs to resources, which is there too",
                    "Move it to resources: instance_count.",
                    says="Can't set instance_count when resources is provided.",
                ),
            )


class LegacyBatchDeployment(Deployment):
    """A model that is run over files, with the settings at the top: the layout without `type`."""

    dropped: ClassVar = frozenset({"$schema", "creation_context", "provisioning_state"})

    type: Annotated[BatchType | None, Key("What is deployed; write it and use settings: below it.")] = None
    compute: Annotated[
        Text | None, Key("The cluster to run on.", examples=("azureml:cpu-cluster",), role="compute")
    ] = None
    resources: Annotated[BatchResources | None, Key("The machines of a job.")] = None
    mini_batch_size: Annotated[Int | None, MINI_BATCH_SIZE] = None
    max_concurrency_per_instance: Annotated[Int | None, CONCURRENCY] = None
    error_threshold: Annotated[Int | None, ERROR_THRESHOLD] = None
    logging_level: Annotated[Text | None, LOGGING_LEVEL] = None
    retry_settings: Annotated[RetrySettings | None, Key("What happens to calls that fail.")] = None
    output_action: Annotated[OutputAction | None, OUTPUT_ACTION] = None
    output_file_name: Annotated[Text | None, OUTPUT_FILE_NAME] = None

    @classmethod
    def refusals(cls, value: Mapping[str, Any]) -> Iterator[Refusal]:
        """Keys of a pipeline's deployment, which azure-ai-ml reads here and then crashes on."""
        for key in ("component", "job_definition"):
            if key in value:
                yield (
                    (key,),
                    refused(
                        Code.CONFLICT,
                        f"'{key}' needs type: pipeline, without which azure-ai-ml crashes on it",
                        "Add type: pipeline.",
                        says="TypeError: object.__init__() takes exactly one argument (the instance to initialize)",
                    ),
                )


class PipelineBatchDeployment(Block):
    """A pipeline component that is run on request."""

    dropped: ClassVar = frozenset({"$schema"})

    name: Annotated[
        Text | None,
        Key("The deployment's name.", required=True, flag="-n", examples=("blue",), role="deployment-name"),
    ] = None
    endpoint_name: Annotated[
        Text | None,
        Key("The endpoint that the deployment belongs to.", required=True, flag="-e", role="endpoint-name"),
    ] = None
    description: Annotated[Text | None, DESCRIPTION] = None
    tags: Annotated[FreeMap | None, TAGS] = None
    type: Annotated[BatchType | None, Key("What is deployed: pipeline.")] = None
    component: Annotated[
        ComponentValue | None,
        Key("The component: a registered one, or its file.", examples=("azureml:my-pipeline:1", "./pipeline.yml")),
    ] = None
    job_definition: Annotated[
        Annotated[Asset | RegistryAsset | WorkspaceAsset | FreeMap, Reference("jobs", mapping_allowed=True)] | None,
        Key("A pipeline job to deploy in the place of a component.", examples=("azureml:my-job",)),
    ] = None
    settings: Annotated[
        FreeMap | None,
        Key(
            "How the pipeline is run.",
            examples=({"default_compute": "cpu-cluster", "continue_on_step_failure": False},),
        ),
    ] = None
