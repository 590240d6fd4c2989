"""Two values for each key of a deployment or an endpoint: what differs between them is what the key does."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment, ManagedOnlineDeployment
from devkit.spec.shapes import BlockShape, ChoiceShape, ListShape, MapShape, ScalarShape, block_below, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from devkit.spec.documents.block import Block
    from devkit.spec.shapes import Shape

__all__ = ["DEPLOYMENT", "is_block", "keys_of", "lay_out_files", "samples"]

_NAME: Final = "model_inputs"
"""Stands where a key's path has `*`."""
DEPLOYMENT: Final[Mapping[str, Any]] = {
    "name": "blue",
    "endpoint_name": "shop",
    "code_configuration": {"code": "src", "scoring_script": "score.py"},
    "model": {"name": "m", "version": "1", "path": "model", "type": "custom_model"},
    "environment": {"name": "e", "version": "1", "image": "registry.example/base:1"},
    "instance_count": 1,
    "instance_type": "Standard_DS3_v2",
}
_ROUTES: Final = {
    f"{name}_route": {"port": port, "path": f"/{name}"}
    for name, port in (("liveness", 8081), ("readiness", 8082), ("scoring", 8083))
}
_IDENTITY: Final[Mapping[str, Any]] = {"identity.type": "user_assigned"}
_CUSTOM: Final = {"environment.inference_config": _ROUTES, "code_configuration": None}
_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "environment.inference_config": _CUSTOM,
    "model_mount_path": _CUSTOM,
    "identity": _IDENTITY,
    "environment.build": {
        "environment.image": None,
        "environment.build": {"path": "context", "dockerfile_path": "Dockerfile"},
    },
    "model.type": {"code_configuration": None},
    "scale_settings": {"scale_settings": {"type": "target_utilization", "min_instances": 2, "max_instances": 5}},
    "scale_settings.type": {"scale_settings": {}},
    "data_collector": {"data_collector": {"collections": {_NAME: {"enabled": "true"}}}},
}
"""What else a key wants of a deployment, by the beginning of the key."""
_PAIRS: Final[Mapping[str, tuple[Any, Any]]] = {
    "model.path": ("model", "other"),
    "model.type": ("mlflow_model", "triton_model"),
    "code_configuration.code": ("src", "lib"),
    "code_configuration.scoring_script": ("score.py", "other.py"),
    "environment.conda_file": (None, {"dependencies": ["python=3.12"]}),
    "environment.build.path": ("context", "other-context"),
    "environment.build.dockerfile_path": ("Dockerfile", "Other"),
    "instance_type": ("Standard_DS3_v2", "Standard_DS4_v2"),
    "model_mount_path": ("/models", "/other"),
    "tags": ({"a": "1"}, {"a": "2"}),
    "properties": ({"a": "1"}, {"a": "2"}),
    "environment_variables": ({"A": "1"}, {"A": "2"}),
    "traffic": ({"blue": 100}, {"blue": 50, "green": 50}),
    "mirror_traffic": ({"blue": 10}, {"blue": 20}),
    "compute": ("azureml:first", "azureml:second"),
    "environment.id": (None, None),
    "auth_mode": ("key", "aad_token"),
    "identity.type": ("system_assigned", "none"),
    "identity.user_assigned_identities": ([{"resource_id": "a"}], [{"resource_id": "b"}]),
    "data_collector.collections.*.enabled": ("true", "false"),
    "data_collector.collections.*.data": (None, {"name": "d", "path": "azureml://datastores/d/paths/p"}),
    "liveness_probe.success_threshold": (None, 1),
    "model.allowed_deployment_templates": (
        [],
        [{"asset_id": "azureml://registries/r/deploymentTemplates/d/versions/1"}],
    ),
    **{
        f"environment.inference_config.{each}_route.path": ("/a", "/b") for each in ("liveness", "readiness", "scoring")
    },
    **{f"resources.{each}.cpu": ("1", "2") for each in ("requests", "limits")},
    **{f"resources.{each}.memory": ("1Gi", "2Gi") for each in ("requests", "limits")},
    **{f"resources.{each}.gpu": ("1", "2") for each in ("requests", "limits")},
}
_FILES: Final = (
    *("src/score.py", "src/other.py", "lib/score.py", "other/weights"),
    *("model/MLmodel", "model/net/config.pbtxt", "model/net/1/model.onnx"),
    *("context/Dockerfile", "context/Other", "other-context/Dockerfile"),
)
_SCALARS: Final = {"integer": (3, 4), "number": (0.25, 0.5), "boolean": (False, True)}
_TEXTS: Final = ("first", "second")


def keys_of(block: type[Block]) -> dict[str, Shape]:
    """Every key below a block, dotted, with `*` for any key of a mapping."""
    found: dict[str, Shape] = {}
    for name, shape in shapes(block).items():
        found.update(_below(shape, name))
    return found


def is_block(shape: Shape) -> bool:
    """Whether a key has keys of its own below it, which tell what it does."""
    return block_below(shape) is not None or (isinstance(shape, MapShape) and block_below(shape.values) is not None)


def samples(block: type[Block], key: str, shape: Shape) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two documents that differ in one key alone."""
    base: dict[str, Any] = {"name": "shop"}
    if issubclass(block, ManagedOnlineDeployment | KubernetesOnlineDeployment):
        base = copy.deepcopy(dict(DEPLOYMENT))
        if block is KubernetesOnlineDeployment:
            base = {name: value for name, value in base.items() if name != "instance_type"} | {"type": "kubernetes"}
    for beginning, needed in _SETTINGS.items():
        if key == beginning or key.startswith(f"{beginning}."):
            for place, value in needed.items():
                _put(base, place, copy.deepcopy(value))
    pair = (base.get("type"),) * 2 if key == "type" else _PAIRS.get(key) or _pair(shape)
    first, second = copy.deepcopy(base), copy.deepcopy(base)
    _put(first, key, pair[0])
    _put(second, key, pair[1])
    return first, second


def lay_out_files(folder: Path) -> None:
    """The files that the samples name."""
    for name in _FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("", encoding="utf-8")


def _below(shape: Shape, path: str) -> Iterator[tuple[str, Shape]]:
    yield path, shape
    inner = block_below(shape)
    if inner is not None:
        for name, each in shapes(inner).items():
            yield from _below(each, f"{path}.{name}")
    elif isinstance(shape, MapShape) and block_below(shape.values):
        yield from _below(shape.values, f"{path}.*")


def _pair(shape: Shape) -> tuple[Any, Any]:
    match shape:
        case ChoiceShape():
            return shape.values[0], shape.values[-1]
        case ScalarShape():
            return _SCALARS.get(shape.name, _TEXTS)
        case ListShape():
            return ["first"], ["second"]
        case MapShape():
            return {"a": "first"}, {"a": "second"}
        case BlockShape():
            return {}, {}
    return _TEXTS


def _put(document: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = [_NAME if step == "*" else step for step in key.split(".")]
    for step in parents:
        document = document.setdefault(step, {})
        if not isinstance(document, dict):
            return
    document[last] = value
    if value is None:
        del document[last]
