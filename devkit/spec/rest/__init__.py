"""The REST bodies of Azure ML for the documents, both ways, by tables: what each key becomes."""

from devkit.spec.rest.bodies import (
    TABLES,
    BodyError,
    code_body,
    deployment_body,
    deployment_of,
    deployment_value,
    endpoint_body,
    endpoint_of,
    endpoint_value,
    environment_body,
    environment_of,
    environment_value,
    model_body,
    model_of,
    model_value,
)
from devkit.spec.rest.converters import id_of, reference_to
from devkit.spec.rest.types import Deployment, Endpoint

__all__ = [
    "TABLES",
    "BodyError",
    "Deployment",
    "Endpoint",
    "code_body",
    "deployment_body",
    "deployment_of",
    "deployment_value",
    "endpoint_body",
    "endpoint_of",
    "endpoint_value",
    "environment_body",
    "environment_of",
    "environment_value",
    "id_of",
    "model_body",
    "model_of",
    "model_value",
    "reference_to",
]
