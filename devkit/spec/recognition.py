"""How a document's kind is told: by its `$schema`, by its keys, by its file's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from devkit.spec import nodes
from devkit.spec.documents.batch_endpoint import BatchEndpoint
from devkit.spec.kinds import FACTS, Family, Kind, member

_SCHEMA_FAMILIES: Final = (
    (re.compile(r"deployment-?template", re.IGNORECASE), Family.DEPLOYMENT_TEMPLATE),
    (re.compile(r"online-?deployment", re.IGNORECASE), Family.ONLINE_DEPLOYMENT),
    (re.compile(r"online-?endpoint", re.IGNORECASE), Family.ONLINE_ENDPOINT),
    (re.compile(r"batch-?deployment", re.IGNORECASE), Family.BATCH_DEPLOYMENT),
    (re.compile(r"batch-?endpoint", re.IGNORECASE), Family.BATCH_ENDPOINT),
    (re.compile(r"serverless-?endpoint", re.IGNORECASE), Family.SERVERLESS_ENDPOINT),
    (re.compile(r"model(version)?-?package", re.IGNORECASE), Family.MODEL_PACKAGE),
    (re.compile(r"/environment(version)?\.(schema\.)?json", re.IGNORECASE), Family.ENVIRONMENT),
    (re.compile(r"/model(version)?\.(schema\.)?json", re.IGNORECASE), Family.MODEL),
)
_FOREIGN: Final = frozenset({"apiVersion", "jobs", "command", "channels", "dependencies"})
_DEPLOYMENT_ONLY: Final = frozenset(
    {
        "instance_type",
        "code_configuration",
        "request_settings",
        "liveness_probe",
        "readiness_probe",
        "scale_settings",
        "app_insights_enabled",
        "model_mount_path",
        "data_collector",
        "egress_public_network_access",
    }
)
_BATCH_ONLY: Final = frozenset(
    {
        "mini_batch_size",
        "output_action",
        "output_file_name",
        "error_threshold",
        "retry_settings",
        "max_concurrency_per_instance",
    }
)
_ENDPOINT_ONLY: Final = frozenset({"auth_mode", "traffic", "mirror_traffic", "public_network_access"})
_ENVIRONMENT_ONLY: Final = frozenset({"image", "build", "conda_file", "inference_config"})
_MODEL_ONLY: Final = frozenset({"path", "flavors"})


def recognise(value: Any, file_name: str = "") -> Kind | None:
    """Tell a document's kind by its `$schema`, its keys, or its file's name; None when it is none of ours.

    A document of another service (a pipeline, a job, a Kubernetes manifest, a conda file) is none of ours.
    """
    if not isinstance(value, Mapping):
        return None
    schema = value.get("$schema")
    if isinstance(schema, str):
        family = next((family for pattern, family in _SCHEMA_FAMILIES if pattern.search(schema)), None)
        return None if family is None else member(family, value)
    family = _by_keys(value) or _by_file_name(file_name, value)
    return None if family is None else member(family, value)


def recognise_node(root: nodes.Node, file_name: str = "") -> Kind | None:
    """Tell a kind as `recognise` does, from a document's tree and without building the values of all that is in it."""
    if not isinstance(root, nodes.Mapping):
        return None
    shallow = {key: _shallow(entry.value) for key, entry in zip(root.keys(), root, strict=True)}
    return recognise(shallow, file_name)


def _shallow(node: nodes.Node) -> Any:
    """A scalar's value; of a collection only whether it is empty, which is all that a kind depends on."""
    if isinstance(node, nodes.Scalar):
        return node.value
    return bool(node.entries if isinstance(node, nodes.Mapping) else node.items)


def _by_keys(value: Mapping[str, Any]) -> Family | None:
    keys = set(value)
    if keys & _FOREIGN:
        return None
    return next((family for family, fits in _KEY_RULES if fits(keys, value)), None)


def _of_a_batch_deployment(keys: set[str], _: Mapping[str, Any]) -> bool:
    return bool(keys & _BATCH_ONLY or ("settings" in keys and keys & {"endpoint_name", "compute", "component"}))


def _of_a_model(keys: set[str], value: Mapping[str, Any]) -> bool:
    kind = value.get("type")
    return bool(keys & _MODEL_ONLY) and isinstance(kind, str) and kind.lower().endswith("_model")


_KEY_RULES: Final[tuple[tuple[Family, Callable[[set[str], Mapping[str, Any]], bool]], ...]] = (
    (Family.MODEL_PACKAGE, lambda keys, _: "inferencing_server" in keys),
    (Family.DEPLOYMENT_TEMPLATE, lambda keys, _: bool(keys & {"allowed_instance_types", "default_instance_type"})),
    (Family.BATCH_DEPLOYMENT, _of_a_batch_deployment),
    (Family.ONLINE_DEPLOYMENT, lambda keys, _: bool(keys & _DEPLOYMENT_ONLY)),
    (Family.BATCH_DEPLOYMENT, lambda keys, _: {"endpoint_name", "compute"} <= keys),
    (Family.ONLINE_DEPLOYMENT, lambda keys, _: "endpoint_name" in keys),
    (Family.BATCH_ENDPOINT, lambda keys, _: "defaults" in keys and keys <= set(BatchEndpoint.model_fields)),
    (Family.SERVERLESS_ENDPOINT, lambda keys, _: "model_id" in keys),
    (Family.ONLINE_ENDPOINT, lambda keys, _: bool(keys & _ENDPOINT_ONLY)),
    (Family.ENVIRONMENT, lambda keys, _: bool(keys & _ENVIRONMENT_ONLY)),
    (Family.MODEL, _of_a_model),
)


_FILE_NAMES: Final = (
    (re.compile(r"batch.*deployment|deployment.*batch"), Family.BATCH_DEPLOYMENT),
    (re.compile(r"batch.*endpoint|endpoint.*batch"), Family.BATCH_ENDPOINT),
    (re.compile(r"deployment|(^|[-_])deploy([-_.]|$)"), Family.ONLINE_DEPLOYMENT),
    (re.compile(r"serverless"), Family.SERVERLESS_ENDPOINT),
    (re.compile(r"endpoint"), Family.ONLINE_ENDPOINT),
    (re.compile(r"(^|[-_])env(ironment)?([-_.]|$)"), Family.ENVIRONMENT),
    (re.compile(r"(^|[-_])model([-_.]|$)"), Family.MODEL),
)


def _by_file_name(file_name: str, value: Mapping[str, Any]) -> Family | None:
    """By the name, as long as the keys do not speak against it: half of them must be that kind's."""
    name = re.split(r"[\\/]", file_name)[-1].lower()
    for pattern, family in _FILE_NAMES:
        if pattern.search(name):
            known = set(FACTS[member(family, value)].block.model_fields)
            return family if 2 * len(known & set(value)) >= len(value) else None
    return None
