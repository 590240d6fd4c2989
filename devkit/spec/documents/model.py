"""Models: registered by name, or inline in a deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from devkit.spec.documents.block import Block, Refusal
from devkit.spec.documents.keys import Key
from devkit.spec.documents.shared import DESCRIPTION, PROPERTIES, TAGS, FreeMap
from devkit.spec.documents.values import Choice, Refused, Text, Version, refused
from devkit.spec.schema_problems import Code

_DROPPED = frozenset(
    {"$schema", "id", "utc_time_created", "creation_context", "job_name", "latest_version", "intellectual_property"}
)


class DeploymentTemplateReference(Block):
    """A deployment template of a registry."""

    asset_id: Annotated[
        Text | None,
        Key(
            "The template's id.",
            examples=("azureml://registries/<registry>/deploymenttemplates/<name>/versions/<version>",),
        ),
    ] = None


class ModelFiles(Block):
    """What registered and inline models share."""

    dropped: ClassVar = _DROPPED

    version: Annotated[Version | None, Key("The version to register; Azure counts up when it is absent.")] = None
    type: Annotated[
        Annotated[Literal["custom_model", "mlflow_model", "triton_model"], Choice()] | None,
        Key("How the files are laid out, which decides whether code is needed.", default="custom_model"),
    ] = None
    path: Annotated[
        Text | None,
        Key(
            "The model's file or folder, relative to this file; a registered one may lie in the cloud.",
            examples=("../model/model.pkl",),
            role="path",
        ),
    ] = None
    description: Annotated[Text | None, DESCRIPTION] = None
    tags: Annotated[FreeMap | None, TAGS] = None
    properties: Annotated[FreeMap | None, PROPERTIES] = None
    flavors: Annotated[FreeMap | None, Key("The flavors of an MLflow model, each with its settings.")] = None
    stage: Annotated[Text | None, Key("Where in its life the model is.", examples=("Production",))] = None
    datastore: Annotated[Text | None, Key("The datastore to upload the files to.", default="workspaceblobstore")] = None
    system_metadata: Annotated[FreeMap | None, Key("What Azure notes about a model of a registry.")] = None
    default_deployment_template: Annotated[
        DeploymentTemplateReference | None,
        Key("The template that deployments of a registry model take.", experimental=True),
    ] = None
    allowed_deployment_templates: Annotated[
        list[DeploymentTemplateReference] | None,
        Key("The templates that deployments of a registry model may choose.", experimental=True),
    ] = None


class InlineModel(ModelFiles):
    """A model given where it is used."""

    name: Annotated[
        Text | None,
        Key("The model's name; without one it is registered anonymously, under a hash of its files."),
    ] = None

    @classmethod
    def refusals(cls, value: Mapping[str, Any]) -> Iterator[Refusal]:
        """A version without a name."""
        yield from super().refusals(value)
        if value.get("version") is not None and not value.get("name"):
            yield ("version",), version_without_name()


class Model(ModelFiles):
    """A model to register."""

    name: Annotated[
        Text | None,
        Key("The model's name.", required=True, flag="-n", examples=("my-model",)),
    ] = None


def version_without_name() -> Refused:
    """The refusal of a version that belongs to no name."""
    return refused(
        Code.CONFLICT,
        "a version without a name",
        "Add the name, or remove the version.",
        says="If version is specified, name must be specified also.",
    )
