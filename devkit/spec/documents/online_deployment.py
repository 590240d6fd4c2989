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
from devkit.spec.documents.online_settings import (
    KubernetesRequestSettings,
    ManagedRequestSettings,
    Resources,
    ScaleSettings,
)
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

MAX_INSTANCES = 50

ModelValue: TypeAlias = Annotated[Asset | RegistryAsset | WorkspaceAsset | InlineModel, Reference("models")]
EnvironmentValue: TypeAlias = Annotated[
    Asset | RegistryAsset | WorkspaceAsset | FileReference | InlineEnvironment,
    Reference("environments", file_allowed=True),
]


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
