"""Model packages: a model, code and an environment built into one image."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from devkit.spec.documents.block import Block
from devkit.spec.documents.either import TextOr
from devkit.spec.documents.keys import Key
from devkit.spec.documents.shared import TAGS, CodeConfiguration, FreeMap
from devkit.spec.documents.values import Choice, Text, fold_camel

_SCHEMA = frozenset({"$schema"})


class PackageRoute(Block):
    """A port of the container and a path on it."""

    port: Annotated[Text | None, Key("The port, as a string.", examples=("8501",))] = None
    path: Annotated[Text | None, Key("The path, from the slash on.")] = None


class InferenceConfiguration(Block):
    """How a server of your own is asked."""

    dropped: ClassVar = _SCHEMA

    liveness_route: Annotated[PackageRoute | None, Key("Where it says that it is alive.")] = None
    readiness_route: Annotated[PackageRoute | None, Key("Where it says that it is ready.")] = None
    scoring_route: Annotated[PackageRoute | None, Key("Where it takes requests.")] = None
    entry_script: Annotated[Text | None, Key("The script that starts it.")] = None
    configuration: Annotated[FreeMap | None, Key("Its settings.")] = None


class InferencingServer(Block):
    """The server in the package."""

    dropped: ClassVar = _SCHEMA

    type: Annotated[
        Annotated[Literal["azureml_online", "azureml_batch", "triton", "custom"], Choice()] | None,
        Key("Which server it is.", required=True),
    ] = None
    code_configuration: Annotated[
        CodeConfiguration | None, Key("The scoring code, for azureml_online and azureml_batch.")
    ] = None
    inference_configuration: Annotated[InferenceConfiguration | None, Key("The routes, for triton and custom.")] = None


class BaseEnvironmentSource(Block):
    """The environment that the package is built on."""

    dropped: ClassVar = _SCHEMA

    type: Annotated[Text | None, Key("What it is.", required=True, examples=("environment_asset",))] = None
    resource_id: Annotated[Text | None, Key("Its id.", examples=("azureml:my-environment:1",))] = None


class ModelConfiguration(Block):
    """How the model gets into the package."""

    dropped: ClassVar = _SCHEMA

    mode: Annotated[
        Annotated[Literal["copy", "download"], Choice()] | None,
        Key("Whether it is copied into the image or downloaded at the start.", default="copy"),
    ] = None
    mount_path: Annotated[Text | None, Key("Where the code finds it.")] = None


class PackageInputPath(Block):
    """Where an input comes from: an id, a URL, or a name and a version."""

    dropped: ClassVar = _SCHEMA

    input_path_type: Annotated[
        Annotated[Literal["path_id", "url", "path_version"], Choice(fold_camel)] | None,
        Key("Which of the three it is."),
    ] = None
    resource_id: Annotated[Text | None, Key("The id, for path_id.")] = None
    url: Annotated[Text | None, Key("The URL, for url.")] = None
    resource_name: Annotated[Text | None, Key("The name, for path_version.")] = None
    resource_version: Annotated[Text | None, Key("The version, for path_version.")] = None


class PackageInput(Block):
    """Files that are put into the package besides the model."""

    dropped: ClassVar = _SCHEMA

    type: Annotated[
        Annotated[Literal["uri_file", "uri_folder"], Choice(fold_camel)] | None, Key("A file or a folder.")
    ] = None
    mode: Annotated[
        Annotated[Literal["read_only_mount", "download"], Choice(fold_camel)] | None, Key("How they are brought.")
    ] = None
    path: Annotated[PackageInputPath | None, Key("Where they come from.")] = None
    mount_path: Annotated[Text | None, Key("Where the code finds them.")] = None


class TargetEnvironment(Block):
    """The environment that the package becomes."""

    name: Annotated[Text | None, Key("Its name.", required=True)] = None


class ModelPackage(Block):
    """A model, code and an environment built into one image."""

    dropped: ClassVar = _SCHEMA

    target_environment: Annotated[
        Annotated[TargetEnvironment | str, TextOr()] | None,
        Key("The environment that the package becomes.", required=True, examples=("my-package",)),
    ] = None
    inferencing_server: Annotated[InferencingServer | None, Key("The server in the package.", required=True)] = None
    base_environment_source: Annotated[
        BaseEnvironmentSource | None, Key("The environment that the package is built on.")
    ] = None
    model_configuration: Annotated[ModelConfiguration | None, Key("How the model gets into the package.")] = None
    inputs: Annotated[list[PackageInput] | None, Key("More files to put into the package.")] = None
    environment_variables: Annotated[FreeMap | None, Key("Variables that the code finds.")] = None
    tags: Annotated[FreeMap | None, TAGS] = None
