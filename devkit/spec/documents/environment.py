"""Environments: the image that a deployment runs in, and what is installed on top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from devkit.spec.documents.block import Block, Refusal
from devkit.spec.documents.either import TextOr
from devkit.spec.documents.keys import Key, Limit
from devkit.spec.documents.shared import DESCRIPTION, TAGS, FreeMap
from devkit.spec.documents.values import Anything, Choice, Held, Int, Text, Version, fold_case, refused
from devkit.spec.references import PREFIX
from devkit.spec.schema_problems import Code, Enforcer

_PORT = (Limit(Enforcer.SERVICE, minimum=1, maximum=65535),)


class Route(Block):
    """A port of the container and a path on it."""

    port: Annotated[
        Int | None, Key("The port that the container listens on.", required=True, limits=_PORT, examples=(8501,))
    ] = None
    path: Annotated[
        Text | None,
        Key(
            "The path, from the slash on.",
            required=True,
            examples=("/v1/models/half_plus_two",),
            limits=(Limit(Enforcer.SERVICE, pattern="^/", means="a path that begins with /"),),
        ),
    ] = None


class InferenceConfig(Block):
    """How a container of your own is asked: all three routes, each with port and path."""

    liveness_route: Annotated[Route | None, Key("Where it says that it is alive.", required=True)] = None
    readiness_route: Annotated[Route | None, Key("Where it says that it is ready.", required=True)] = None
    scoring_route: Annotated[Route | None, Key("Where it takes requests.", required=True)] = None


class BuildContext(Block):
    """A Dockerfile and the folder it is built in."""

    path: Annotated[
        Text | None,
        Key("The folder to build in, relative to this file, or a URL.", examples=("./docker",), role="folder"),
    ] = None
    dockerfile_path: Annotated[
        Text | None, Key("The Dockerfile, relative to the folder.", default="Dockerfile", role="file")
    ] = None


class AutoDeleteSetting(Block):
    """When Azure removes an asset by itself."""

    condition: Annotated[
        Annotated[Literal["created_greater_than", "last_accessed_greater_than"], Choice(fold_case)] | None,
        Key("What the time is counted from.", experimental=True),
    ] = None
    value: Annotated[Text | None, Key("The time.", experimental=True, examples=("30d",))] = None


def _an_id(value: str) -> None:
    if not value.startswith(PREFIX):
        raise refused(
            Code.BAD_REFERENCE,
            f"'{value}' is not the id of an environment",
            "Remove it: Azure fills it, and an environment that exists is referred to in its place.",
        )


class InlineEnvironment(Block):
    """An environment given where it is used."""

    dropped: ClassVar = frozenset({"$schema", "creation_context", "latest_version", "intellectual_property"})

    name: Annotated[
        Anything, Key("The name to register it under; without one it is anonymous, under a hash of what it says.")
    ] = None
    version: Annotated[Anything, Key("The version to register; counted up when absent, no matter without a name.")] = (
        None
    )
    image: Annotated[
        Text | None,
        Key(
            "The Docker image to start from.",
            examples=("mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1",),
            role="image",
        ),
    ] = None
    build: Annotated[BuildContext | None, Key("A Dockerfile to build instead of an image.")] = None
    conda_file: Annotated[
        Annotated[FreeMap | str, TextOr()] | None,
        Key(
            "The conda packages on top of the image: a file relative to this one, or the mapping itself.",
            examples=("./conda.yml",),
            note="Works with an image, not with a build.",
            role="file",
        ),
    ] = None
    inference_config: Annotated[
        InferenceConfig | None,
        Key("The routes of a container that brings its own server.", note="All three routes, or no block at all."),
    ] = None
    os_type: Annotated[
        Annotated[Literal["linux", "windows"], Choice()] | None, Key("The system of the image.", default="linux")
    ] = None
    description: Annotated[Text | None, DESCRIPTION] = None
    tags: Annotated[dict[Text, Anything] | None, TAGS] = None
    datastore: Annotated[
        Text | None, Key("The datastore to upload a build context to.", default="workspaceblobstore")
    ] = None
    auto_delete_setting: Annotated[AutoDeleteSetting | None, Key("When to delete it.", experimental=True)] = None
    id: Annotated[Annotated[Text, Held(_an_id)] | None, Key("The environment's id in Azure.", output_only=True)] = None

    @classmethod
    def refusals(cls, value: Mapping[str, Any]) -> Iterator[Refusal]:
        """A conda file handed over as the environment itself."""
        for key in ("channels", "dependencies"):
            if key in value:
                yield (
                    (key,),
                    refused(
                        Code.CONFLICT,
                        f"'{key}' belongs into a conda file, not into the environment",
                        "Put it into a file of its own and name that under conda_file:, beside image:.",
                        says="There are errors in the YAML file: you passed a conda file",
                    ),
                )


class Environment(InlineEnvironment):
    """An environment to register."""

    name: Annotated[
        Text | None, Key("The environment's name.", required=True, flag="-n", examples=("my-environment",))
    ] = None
    version: Annotated[Version | None, Key("The version to register; Azure counts up when it is absent.")] = None
