"""Models and environments: each key of the document and its place in the REST body of a version."""

from __future__ import annotations

from typing import Any, Final

import yaml

from devkit.spec.rest.converters import BLOCK, FLAVORS, TEXTS, Converter, choice
from devkit.spec.rest.fields import Field, Table

__all__ = ["ENVIRONMENT", "MODEL"]

_IN_URL: Final = {"name": "it is a part of the resource's URL", "version": "it is the last part of the resource's URL"}
_REGISTRY_ONLY: Final = "only a registry's API takes it"


def _conda_text(value: Any) -> Any:
    return value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False, allow_unicode=True)


_CONDA: Final = Converter(_conda_text, yaml.safe_load, "the conda file's text")
_OS: Final = choice(linux="Linux", windows="Windows")

MODEL: Final = Table(
    (
        Field("type", "properties.modelType", default="custom_model"),
        Field("path", "properties.modelUri"),
        Field("description", "properties.description"),
        Field("tags", "properties.tags", TEXTS),
        Field("properties", "properties.properties", TEXTS),
        Field("flavors", "properties.flavors", FLAVORS),
        Field("stage", "properties.stage"),
    ),
    {
        **_IN_URL,
        "datastore": "it says where the files are uploaded to, and modelUri is that place",
        "system_metadata": "Azure writes it",
        "default_deployment_template": _REGISTRY_ONLY,
        "allowed_deployment_templates": _REGISTRY_ONLY,
    },
)

_ROUTES: Final = tuple(
    field
    for yaml_name, rest_name in (
        ("liveness_route", "livenessRoute"),
        ("readiness_route", "readinessRoute"),
        ("scoring_route", "scoringRoute"),
    )
    for field in (
        Field(f"inference_config.{yaml_name}", f"properties.inferenceConfig.{rest_name}", BLOCK),
        Field(f"inference_config.{yaml_name}.port", f"properties.inferenceConfig.{rest_name}.port"),
        Field(f"inference_config.{yaml_name}.path", f"properties.inferenceConfig.{rest_name}.path"),
    )
)

ENVIRONMENT: Final = Table(
    (
        Field("image", "properties.image"),
        Field("build", "properties.build", BLOCK),
        Field("build.path", "properties.build.contextUri"),
        Field("build.dockerfile_path", "properties.build.dockerfilePath"),
        Field("conda_file", "properties.condaFile", _CONDA),
        Field("inference_config", "properties.inferenceConfig", BLOCK),
        *_ROUTES,
        Field("os_type", "properties.osType", _OS),
        Field("description", "properties.description"),
        Field("tags", "properties.tags", TEXTS),
        Field("id", "id", read_only=True),
    ),
    {
        **_IN_URL,
        "datastore": "it says where a build context is uploaded to, and contextUri is that place",
        "auto_delete_setting": "the current API versions have no such field",
    },
)
