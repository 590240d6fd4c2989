"""What each key does at a target that has no tables: found by changing the key and comparing what is made.

Both targets turn a document into values before they ask anybody: the manifests of a cluster, the containers and the
gateway's configuration of a Docker host. A key that changes nothing of them has to have a reason (`key_reasons`).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, cast

from devkit.endpoints.documents import DocumentError, from_values
from devkit.promote.digests import Digests
from devkit.promote.key_samples import DEPLOYMENT
from devkit.promote.kubernetes.manifests import manifests
from devkit.promote.kubernetes.release import Cluster, ManifestError, release_of
from devkit.promote.targets.base import Desired, TargetError
from devkit.promote.targets.docker_host import open_target
from devkit.promote.targets.docker_layout import Names, awaited, backend_of, health_check, instance_options, planned
from devkit.runtime.resolve import resolve
from devkit.runtime.stored import StoredAssets, StoredCode, StoredEnvironment, StoredModel
from devkit.spec.documents.environment import Environment
from devkit.spec.documents.model import Model
from devkit.spec.kinds import Family
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from devkit.runtime.container import ContainerPlan
    from devkit.spec.documents.online_deployment import (
        KubernetesOnlineDeployment,
        ManagedOnlineDeployment,
        OnlineDeployment,
    )

    Made = Mapping[str, Any]
    Values = Mapping[str, Any]

__all__ = ["REFUSED_BY_CHECKS", "REFUSED_BY_TARGET", "TARGETS", "effects"]

REFUSED_BY_CHECKS: Final = "other values are refused by the checks"
REFUSED_BY_TARGET: Final = "other values are refused"

_PINNED: Final = f"image@sha256:{'0' * 64}"
_CLUSTER: Final = Cluster(sidecar_image=_PINNED)
_DIGESTS: Final = Digests("0" * 64, "0" * 64, "0" * 64, "0" * 64, {})
_HOST: Final = "unix:///var/run/docker.sock"
_SHORT: Final = (
    (r"\b(ports|mounts)\[.*", r"\1"),
    (r"\b(content|files|labels|matchLabels|networking_config)\..*", r"\1"),
    (r"\b(env)\[A\].*", r"\1"),
    (r"\b(environment)\.A$", r"\1"),
    (r"\b(env\[\w+\]).*", r"\1"),
    (r"\btargets\[[^]]*\]\.(?:host|name|no_timeout)$", "targets"),
    (r"\btargets\[[^]]*\]", "targets[*]"),
    (r"\bbackends\.[\w-]+", "backends.*"),
    (r"\[(?:shop|blue|first|second|\d)[^]]*\]", "[*]"),
)
"""What a place is cut down to: the samples' own names mean nothing to a reader."""


def effects(target: str, documents: tuple[Values, Values], folder: Path, *, endpoint: bool) -> list[str]:
    """The places that differ between what a target makes of two documents, sorted: what it is of, a blank, the keys.

    Where one of them is refused, the one place is `REFUSED_BY_CHECKS` or `REFUSED_BY_TARGET`.

    Args:
        target: a name of `TARGETS`.
        documents: deployments, or endpoints, that differ in one key.
        folder: where the files lie that both name (`key_samples.lay_out_files`).
        endpoint: which of the two.
    """
    first, second = (_made(TARGETS[target], each, folder, endpoint=endpoint) for each in documents)
    for refusal in (REFUSED_BY_CHECKS, REFUSED_BY_TARGET):
        if refusal in {**first, **second}:
            return [refusal]
    places = set(first.keys() ^ second.keys())
    for what in first.keys() & second.keys():
        one, other = dict(_flat(first[what])), dict(_flat(second[what]))
        changed = {each for each in one.keys() | other.keys() if one.get(each) != other.get(each)}
        places |= {f"{what} {_short(each)}" for each in changed}
    return sorted(each for each in places if each.partition("[*]")[0] not in places - {each})


def _short(place: str) -> str:
    for pattern, shown in _SHORT:
        place = re.sub(pattern, shown, place)
    return place


def _made(make: Callable[[Desired], Made], values: Mapping[str, Any], folder: Path, *, endpoint: bool) -> Made:
    try:
        return make(_desired(values, folder, endpoint=endpoint))
    except DocumentError:
        return {REFUSED_BY_CHECKS: True}
    except (TargetError, ManifestError):
        return {REFUSED_BY_TARGET: True}


def _desired(values: Mapping[str, Any], folder: Path, *, endpoint: bool) -> Desired:
    of_endpoint = from_values(Family.ONLINE_ENDPOINT, values if endpoint else {"name": "shop"}, folder)
    deployment = from_values(Family.ONLINE_DEPLOYMENT, DEPLOYMENT if endpoint else values, folder)
    block = cast("ManagedOnlineDeployment | KubernetesOnlineDeployment", deployment.block)
    assets = _assets(block, folder)
    plan = resolve(block.model_copy(update={"model": None, "environment": None}), assets)
    return Desired("promotion", deployment, of_endpoint, plan, _DIGESTS, None)


def _assets(block: OnlineDeployment, folder: Path) -> StoredAssets:
    code, model = cast("Any", block.code_configuration), cast("Any", block.model)
    return StoredAssets(
        None if code is None else StoredCode(folder / code.code),
        StoredModel(Model.model_validate(_given(model)), folder / model.path, model.name, str(model.version)),
        _environment(cast("Any", block.environment), folder),
    )


def _environment(block: Any, folder: Path) -> StoredEnvironment | None:
    if block is None:
        return None
    context = None if block.build is None else folder / block.build.path
    return StoredEnvironment(Environment.model_validate(_given(block)), context)


def _given(block: Any) -> dict[str, Any]:
    found: dict[str, Any] = block.model_dump(exclude_none=True)
    return found


def _to_kubernetes(desired: Desired) -> Made:
    container = planned(desired, "")
    content = {each.target: each.source.name for each in container.mounts}
    found: dict[str, Any] = {"image": {**_image(container), "content": content}}
    for each in manifests(release_of(desired, container, _PINNED), _CLUSTER):
        metadata = {"name": each["metadata"]["name"], "labels": each["metadata"]["labels"]}
        found[each["kind"]] = {**each, "metadata": metadata}
    template = found["Deployment"]["spec"].pop("template")
    found["pod"] = {"labels": template["metadata"]["labels"], **template["spec"]}
    data = found.get("ConfigMap", {}).get("data", {})
    found["sidecar"] = json.loads(data.pop("gateway.json"))
    return found


def _to_docker_host(desired: Desired) -> Made:
    target = open_target(_HOST, desired, Workspace(desired.deployment.folder), {})
    target.close()
    names = Names(desired.plan.endpoint, desired.plan.deployment, desired.promotion)
    container = planned(desired, "instance")
    options = instance_options(desired, names, 0, {}, cpus=1 << 10)
    urls, seconds = awaited(desired, names)
    return {
        "image": _image(container),
        "wait": {"urls": urls, "seconds": seconds},
        "container": {**options, "environment": dict(container.environment), **_files(container)},
        "healthcheck": health_check(desired),
        "gateway": backend_of(desired, names).model_dump(mode="json"),
    }


def _image(container: ContainerPlan) -> Made:
    build = container.build
    made: dict[str, Any] = {"base": container.image}
    if build is not None:
        context = None if build.context is None else build.context.name
        made |= {"base": build.base, "files": dict(build.files), "context": context, "dockerfile": build.dockerfile}
    return made


def _files(container: ContainerPlan) -> dict[str, Any]:
    return {"files": {each.target: each.text for each in container.files}}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by the keys that lead to it."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for number, each in enumerate(value):
            yield from _flat(each, f"{path}[{each.get('name', number)}]")
    else:
        yield path, value


TARGETS: Final[Mapping[str, Callable[[Desired], Made]]] = {"kubernetes": _to_kubernetes, "docker-host": _to_docker_host}
"""What is made of a deployment there, as values."""
