"""Online deployments: a model, code and an environment behind an endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from devkit.spec.documents.block import Block, Refusal
from devkit.spec.documents.data_collector import DataCollector
from devkit.spec.documents.either import Reference
from devkit.spec.documents.environment import InlineEnvironment
from devkit.spec.documents.keys import Key, Limit
from devkit.spec.documents.model import InlineModel
from devkit.spec.documents.shared import (
    DESCRIPTION,
    ID,
    PROPERTIES,
    PROVISIONING_STATE,
    TAGS,
    CodeConfiguration,
    FreeMap,
    LivenessProbe,
    ReadinessProbe,
    name_limits,
)
from devkit.spec.documents.values import Bool, Choice, Int, Text, fold_camel, refused
from devkit.spec.references import REGISTRY_PREFIX, Asset, FileReference, RegistryAsset, WorkspaceAsset
from devkit.spec.schema_problems import Code, Enforcer

MANAGED_TIMEOUT_MS = 180_000
KUBERNETES_TIMEOUT_MS = 300_000
MAX_INSTANCES = 50

ModelValue: TypeAlias = Annotated[Asset | RegistryAsset | WorkspaceAsset | InlineModel, Reference("models")]
EnvironmentValue: TypeAlias = Annotated[
    Asset | RegistryAsset | WorkspaceAsset | FileReference | InlineEnvironment,
    Reference("environments", file_allowed=True),
]


def _timeout(maximum_ms: int) -> Key:
    return Key(
        "How long a request may take before the caller gets 408.",
        default=5000,
        unit="milliseconds",
        limits=(Limit(Enforcer.SERVICE, minimum=1, maximum=maximum_ms),),
        examples=(90000,),
    )


class ManagedRequestSettings(Block):
    """How requests are handed to an instance."""

    request_timeout_ms: Annotated[Int | None, _timeout(MANAGED_TIMEOUT_MS)] = None
    max_concurrent_requests_per_instance: Annotated[
        Int | None,
        Key(
            "How many requests an instance gets at a time; callers beyond that wait or get 429.",
            default=1,
            limits=(Limit(Enforcer.SERVICE, minimum=1),),
            note="Set the environment variable WORKER_COUNT to the same number.",
        ),
    ] = None
    max_queue_wait_ms: Annotated[
        Int | None,
        Key(
            "How long a request may wait for its turn.",
            default=500,
            unit="milliseconds",
            limits=(Limit(Enforcer.SERVICE, minimum=0),),
            deprecated="The service counts the wait into request_timeout_ms.",
        ),
    ] = None


class KubernetesRequestSettings(ManagedRequestSettings):
    """How requests are handed to an instance; a cluster may take longer to answer."""

    request_timeout_ms: Annotated[Int | None, _timeout(KUBERNETES_TIMEOUT_MS)] = None


class ScaleSettings(Block):
    """How the number of instances changes."""

    type: Annotated[
        Annotated[Literal["default", "target_utilization"], Choice(fold_camel)] | None,
        Key(
            "default keeps instance_count instances; target_utilization scales with the load (Kubernetes only).",
            required=True,
            default="default",
        ),
    ] = None
    min_instances: Annotated[
        Int | None, Key("The fewest instances.", default=1, limits=(Limit(Enforcer.SERVICE, minimum=1),))
    ] = None
    max_instances: Annotated[
        Int | None, Key("The most instances.", default=1, limits=(Limit(Enforcer.SERVICE, minimum=1),))
    ] = None
    target_utilization_percentage: Annotated[
        Int | None,
        Key(
            "The load to hold the instances at.",
            default=70,
            unit="percent",
            limits=(Limit(Enforcer.SERVICE, minimum=1, maximum=100),),
        ),
    ] = None
    polling_interval: Annotated[
        Int | None,
        Key("How often the load is measured.", default=1, unit="seconds", limits=(Limit(Enforcer.SERVICE, minimum=1),)),
    ] = None

    @classmethod
    def refusals(cls, value: Mapping[str, Any]) -> Iterator[Refusal]:
        """Keys of target_utilization beside type default."""
        if not isinstance(kind := value.get("type"), str) or fold_camel(kind) != "default":
            return
        for key in ("min_instances", "max_instances", "target_utilization_percentage", "polling_interval"):
            if key in value:
                yield (
                    (key,),
                    refused(
                        Code.CONFLICT,
                        f"'{key}' does not go with type: default",
                        "Remove it and set instance_count, or, on Kubernetes, write type: target_utilization.",
                        says="Unknown field.",
                    ),
                )


class Deployment(Block):
    """What online and batch deployments of a model share."""

    dropped: ClassVar = frozenset({"$schema"})

    name: Annotated[
        Text | None,
        Key("The deployment's name.", required=True, flag="-n", examples=("blue",), role="deployment-name"),
    ] = None
    endpoint_name: Annotated[
        Text | None,
        Key(
            "The endpoint that the deployment belongs to.",
            required=True,
            flag="-e",
            limits=name_limits(Enforcer.SERVICE, Enforcer.SERVICE),
            examples=("my-endpoint",),
            role="endpoint-name",
        ),
    ] = None
    description: Annotated[Text | None, DESCRIPTION] = None
    tags: Annotated[FreeMap | None, TAGS] = None
    properties: Annotated[FreeMap | None, PROPERTIES] = None
    model: Annotated[
        ModelValue | None,
        Key(
            "The model: a registered one, or its files inline.",
            examples=("azureml:my-model:1", {"path": "../model"}),
        ),
    ] = None
    code_configuration: Annotated[
        CodeConfiguration | None,
        Key("The code that loads the model and answers requests; MLflow and Triton models need none."),
    ] = None
    environment: Annotated[
        EnvironmentValue | None,
        Key(
            "The environment: a registered one, another file, or inline; MLflow and Triton models need none.",
            examples=(
                "azureml:my-environment@latest",
                "file:environment.yml",
                {"image": "...", "conda_file": "conda.yml"},
            ),
        ),
    ] = None
    environment_variables: Annotated[
        FreeMap | None,
        Key(
            "Variables that the code finds in its environment.",
            default={},
            examples=({"WORKER_COUNT": "4", "API_KEY": "${{azureml://connections/<name>/credentials/<key>}}"},),
            note="The service takes strings only, so put numbers and booleans in quotes.",
            role="environment-variable",
        ),
    ] = None
    id: Annotated[Text | None, ID] = None


class OnlineDeployment(Deployment):
    """What managed and Kubernetes deployments share."""

    name: Annotated[
        Text | None,
        Key(
            "The deployment's name; azure-ai-ml turns it into lower case.",
            required=True,
            flag="-n",
            limits=name_limits(Enforcer.CLIENT),
            examples=("blue",),
            role="deployment-name",
        ),
    ] = None
    type: Annotated[
        Annotated[Literal["managed", "kubernetes"], Choice(fold_camel)] | None,
        Key("Whose machines it runs on.", default="managed"),
    ] = None
    model_mount_path: Annotated[
        Text | None,
        Key(
            "Where the model is mounted in a container that brings its own server.",
            default="/var/azureml-app/azureml-models",
            limits=(Limit(Enforcer.SERVICE, pattern="^/", means="an absolute path"),),
            note="Needs an environment with inference_config.",
        ),
    ] = None
    instance_count: Annotated[
        Int | None,
        Key(
            "How many machines or pods to run.",
            limits=(Limit(Enforcer.SERVICE, minimum=1, maximum=MAX_INSTANCES),),
            examples=(1,),
            note="The service reserves 20 percent more for upgrades, except for some sizes.",
        ),
    ] = None
    app_insights_enabled: Annotated[
        Bool | None, Key("Whether logs and timings go to Application Insights.", default=False)
    ] = None
    scale_settings: Annotated[ScaleSettings | None, Key("How the number of instances changes.")] = None
    liveness_probe: Annotated[LivenessProbe | None, Key("When an instance counts as hung and is started again.")] = None
    readiness_probe: Annotated[ReadinessProbe | None, Key("When an instance counts as ready for requests.")] = None
    data_collector: Annotated[DataCollector | None, Key("What is recorded of requests and answers.")] = None
    provisioning_state: Annotated[Text | None, PROVISIONING_STATE] = None


class ManagedOnlineDeployment(OnlineDeployment):
    """A deployment on Azure's machines."""

    dropped: ClassVar = frozenset({"$schema", "creation_context"})

    instance_type: Annotated[
        Text | None,
        Key(
            "The size of the machines.",
            required=True,
            examples=("Standard_DS3_v2",),
            role="instance-type",
            doc="https://learn.microsoft.com/azure/machine-learning/reference-managed-online-endpoints-vm-sku-list",
        ),
    ] = None
    request_settings: Annotated[ManagedRequestSettings | None, Key("How requests are handed to an instance.")] = None
    egress_public_network_access: Annotated[
        Annotated[Literal["enabled", "disabled"], Choice()] | None,
        Key(
            "Whether the container can reach the internet.",
            default="enabled",
            note="For the older isolation without a managed virtual network.",
        ),
    ] = None
    private_network_connection: Annotated[
        Bool | None, Key("Whether the container gets a private connection.", experimental=True)
    ] = None


class ResourceQuantities(Block):
    """Amounts of CPU, memory and GPU, as Kubernetes writes them."""

    cpu: Annotated[
        Text | None, Key("CPU cores.", examples=("0.5", "500m"), note="A string: put numbers in quotes.")
    ] = None
    memory: Annotated[Text | None, Key("Memory.", examples=("2Gi", "512Mi"))] = None
    gpu: Annotated[Text | None, Key("GPUs; both spellings mean the same.", alias="nvidia.com/gpu", examples=("1",))] = (
        None
    )


class Resources(Block):
    """What the container asks for and what it may take at most."""

    requests: Annotated[ResourceQuantities | None, Key("What the container is given for certain.")] = None
    limits: Annotated[ResourceQuantities | None, Key("What the container may not exceed.")] = None


class KubernetesOnlineDeployment(OnlineDeployment):
    """A deployment on an attached Kubernetes cluster."""

    instance_type: Annotated[
        Text | None,
        Key("An instance type that the cluster's administrator has defined; the cluster's default when absent."),
    ] = None
    request_settings: Annotated[KubernetesRequestSettings | None, Key("How requests are handed to an instance.")] = None
    resources: Annotated[Resources | None, Key("What the container asks for and may take.")] = None

    @classmethod
    def refusals(cls, value: Mapping[str, Any]) -> Iterator[Refusal]:
        """References to a registry, which a cluster cannot read."""
        code = value.get("code_configuration")
        inner = code.get("code") if isinstance(code, Mapping) else None
        places: tuple[tuple[tuple[str, ...], Any], ...] = (
            (("environment",), value.get("environment")),
            (("model",), value.get("model")),
            (("code_configuration", "code"), inner),
        )
        for path, given in places:
            if isinstance(given, str) and given.startswith(REGISTRY_PREFIX):
                yield (
                    path,
                    refused(
                        Code.CONFLICT,
                        f"a Kubernetes deployment cannot take its {path[-1]} from a registry",
                        "Register it in the workspace and refer to that.",
                        says=f"Registry reference for {'.'.join(path)} is not supported for K8SDeployment",
                    ),
                )
