"""The kinds of documents, and which of a family's kinds a document is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from devkit.spec.documents.batch_deployment import (
    LegacyBatchDeployment,
    ModelBatchDeployment,
    PipelineBatchDeployment,
)
from devkit.spec.documents.batch_endpoint import BatchEndpoint
from devkit.spec.documents.deployment_template import DeploymentTemplate
from devkit.spec.documents.environment import Environment
from devkit.spec.documents.model import Model
from devkit.spec.documents.model_package import ModelPackage
from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment, ManagedOnlineDeployment
from devkit.spec.documents.online_endpoint import KubernetesOnlineEndpoint, ManagedOnlineEndpoint
from devkit.spec.documents.serverless_endpoint import ServerlessEndpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.spec.documents.block import Block


class Kind(str, Enum):
    """What a document describes; the value is the name used on the command line."""

    MANAGED_ONLINE_ENDPOINT = "managed-online-endpoint"
    KUBERNETES_ONLINE_ENDPOINT = "kubernetes-online-endpoint"
    MANAGED_ONLINE_DEPLOYMENT = "managed-online-deployment"
    KUBERNETES_ONLINE_DEPLOYMENT = "kubernetes-online-deployment"
    BATCH_ENDPOINT = "batch-endpoint"
    MODEL_BATCH_DEPLOYMENT = "model-batch-deployment"
    PIPELINE_BATCH_DEPLOYMENT = "pipeline-batch-deployment"
    LEGACY_BATCH_DEPLOYMENT = "legacy-batch-deployment"
    MODEL = "model"
    ENVIRONMENT = "environment"
    SERVERLESS_ENDPOINT = "serverless-endpoint"
    MODEL_PACKAGE = "model-package"
    DEPLOYMENT_TEMPLATE = "deployment-template"

    @property
    def facts(self) -> KindFacts:
        """What is known of this kind."""
        return FACTS[self]


@dataclass(frozen=True)
class KindFacts:
    """One kind: its model, its names elsewhere, its page."""

    block: type[Block]
    title: str
    schema_name: str
    """The last part of its `$schema` URL, without `.schema.json`."""
    command: str
    """The az command that creates it from a file."""
    doc: str


_PAGES: Final = "https://learn.microsoft.com/azure/machine-learning/reference-yaml-"
SCHEMA_BASE: Final = "https://azuremlschemas.azureedge.net/latest/"

FACTS: Final[Mapping[Kind, KindFacts]] = {
    Kind.MANAGED_ONLINE_ENDPOINT: KindFacts(
        ManagedOnlineEndpoint,
        "managed online endpoint",
        "managedOnlineEndpoint",
        "az ml online-endpoint create",
        _PAGES + "endpoint-online",
    ),
    Kind.KUBERNETES_ONLINE_ENDPOINT: KindFacts(
        KubernetesOnlineEndpoint,
        "Kubernetes online endpoint",
        "kubernetesOnlineEndpoint",
        "az ml online-endpoint create",
        _PAGES + "endpoint-online",
    ),
    Kind.MANAGED_ONLINE_DEPLOYMENT: KindFacts(
        ManagedOnlineDeployment,
        "managed online deployment",
        "managedOnlineDeployment",
        "az ml online-deployment create",
        _PAGES + "deployment-managed-online",
    ),
    Kind.KUBERNETES_ONLINE_DEPLOYMENT: KindFacts(
        KubernetesOnlineDeployment,
        "Kubernetes online deployment",
        "kubernetesOnlineDeployment",
        "az ml online-deployment create",
        _PAGES + "deployment-kubernetes-online",
    ),
    Kind.BATCH_ENDPOINT: KindFacts(
        BatchEndpoint, "batch endpoint", "batchEndpoint", "az ml batch-endpoint create", _PAGES + "endpoint-batch"
    ),
    Kind.MODEL_BATCH_DEPLOYMENT: KindFacts(
        ModelBatchDeployment,
        "batch deployment of a model",
        "modelBatchDeployment",
        "az ml batch-deployment create",
        _PAGES + "deployment-batch",
    ),
    Kind.PIPELINE_BATCH_DEPLOYMENT: KindFacts(
        PipelineBatchDeployment,
        "batch deployment of a pipeline",
        "pipelineComponentBatchDeployment",
        "az ml batch-deployment create",
        _PAGES + "deployment-batch",
    ),
    Kind.LEGACY_BATCH_DEPLOYMENT: KindFacts(
        LegacyBatchDeployment,
        "batch deployment (layout without type)",
        "batchDeployment",
        "az ml batch-deployment create",
        _PAGES + "deployment-batch",
    ),
    Kind.MODEL: KindFacts(Model, "model", "model", "az ml model create", _PAGES + "model"),
    Kind.ENVIRONMENT: KindFacts(
        Environment, "environment", "environment", "az ml environment create", _PAGES + "environment"
    ),
    Kind.SERVERLESS_ENDPOINT: KindFacts(
        ServerlessEndpoint,
        "serverless endpoint",
        "serverlessEndpoint",
        "az ml serverless-endpoint create",
        _PAGES + "endpoint-serverless",
    ),
    Kind.MODEL_PACKAGE: KindFacts(
        ModelPackage, "model package", "modelPackage", "az ml model package", _PAGES + "model-package"
    ),
    Kind.DEPLOYMENT_TEMPLATE: KindFacts(
        DeploymentTemplate,
        "deployment template",
        "deploymentTemplate",
        "az ml deployment-template create",
        "https://learn.microsoft.com/python/api/azure-ai-ml/azure.ai.ml.entities.deploymenttemplate",
    ),
}


class Family(str, Enum):
    """What the command chosen decides; the keys then decide between a family's kinds, as azure-ai-ml does."""

    ONLINE_ENDPOINT = "online-endpoint"
    ONLINE_DEPLOYMENT = "online-deployment"
    BATCH_ENDPOINT = "batch-endpoint"
    BATCH_DEPLOYMENT = "batch-deployment"
    MODEL = "model"
    ENVIRONMENT = "environment"
    SERVERLESS_ENDPOINT = "serverless-endpoint"
    MODEL_PACKAGE = "model-package"
    DEPLOYMENT_TEMPLATE = "deployment-template"


def member(family: Family, value: Mapping[str, Any]) -> Kind:
    """The kind within a family that azure-ai-ml takes a document for, by its keys alone."""
    if family is Family.ONLINE_ENDPOINT:
        return Kind.KUBERNETES_ONLINE_ENDPOINT if value.get("compute") else Kind.MANAGED_ONLINE_ENDPOINT
    if family is Family.ONLINE_DEPLOYMENT:
        kubernetes = value.get("type") == "kubernetes"
        return Kind.KUBERNETES_ONLINE_DEPLOYMENT if kubernetes else Kind.MANAGED_ONLINE_DEPLOYMENT
    if family is Family.BATCH_DEPLOYMENT:
        given = value.get("type")
        by_type = {"model": Kind.MODEL_BATCH_DEPLOYMENT, "pipeline": Kind.PIPELINE_BATCH_DEPLOYMENT}
        return by_type.get(given.lower() if isinstance(given, str) else "", Kind.LEGACY_BATCH_DEPLOYMENT)
    return Kind(family.value)
