"""What a deployment asks of a node: CPU, memory, GPUs, and which nodes will do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment, ManagedOnlineDeployment
from devkit.spec.skus import find_sku

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.spec.documents.online_deployment import OnlineDeployment
    from devkit.spec.documents.online_settings import ResourceQuantities
    from devkit.spec.skus import Sku

__all__ = ["GPU", "Compute", "compute_of"]

GPU: Final = "nvidia.com/gpu"
_INSTANCE_TYPE: Final = "node.kubernetes.io/instance-type"
_GPU_TAINTS: Final = (
    {"key": GPU, "operator": "Exists", "effect": "NoSchedule"},
    {"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"},  # as AKS's documentation taints them
)
_DEFAULT_REQUESTS: Final = {"cpu": "100m", "memory": "500Mi"}
"""Of Azure ML's defaultinstancetype, whose limits are 2 CPUs and 2 GiB (its documentation, read 2026-11)."""
_DEFAULT_LIMITS: Final = {"cpu": "2", "memory": "2Gi"}
_MILLI: Final = 1000
_MI_PER_GIB: Final = 1024


@dataclass(frozen=True)
class Compute:
    """Quantities as strings: the API server normalises numbers, and strict clients cannot read those back."""

    requests: Mapping[str, str]
    limits: Mapping[str, str]
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Mapping[str, Any], ...] = ()


def compute_of(document: OnlineDeployment) -> Compute:
    """What an instance of a deployment takes.

    A Kubernetes deployment says it under `resources`; where it does not, Azure ML's default instance type counts. A
    managed deployment names a machine of Azure: its size is the limit and half of it the request, since a node of that
    size keeps part of itself for the system. Only a GPU size also asks for such nodes by their label: on CPUs any node
    with room will do.
    """
    if isinstance(document, KubernetesOnlineDeployment):
        return _of_resources(document)
    size = document.instance_type if isinstance(document, ManagedOnlineDeployment) else None
    sku = find_sku(size or "")
    return Compute(_DEFAULT_REQUESTS, _DEFAULT_LIMITS) if sku is None else _of_sku(sku)


def _of_resources(document: KubernetesOnlineDeployment) -> Compute:
    resources = document.resources
    limits = {**_DEFAULT_LIMITS, **_quantities(resources.limits if resources is not None else None)}
    requests = {**_DEFAULT_REQUESTS, **_quantities(resources.requests if resources is not None else None)}
    gpus = limits.get(GPU) or requests.get(GPU)
    if gpus is None or gpus == "0":
        return Compute(_without_gpu(requests), _without_gpu(limits))
    return Compute({**requests, GPU: gpus}, {**limits, GPU: gpus}, tolerations=_GPU_TAINTS)


def _of_sku(sku: Sku) -> Compute:
    memory_mi = round(sku.memory_gib * _MI_PER_GIB)
    limits = {"cpu": str(sku.vcpus), "memory": f"{memory_mi}Mi"}
    requests = {"cpu": f"{sku.vcpus * _MILLI // 2}m", "memory": f"{memory_mi // 2}Mi"}
    if not sku.gpus:
        return Compute(requests, limits)
    gpus = str(math.ceil(sku.gpus))
    return Compute(
        {**requests, GPU: gpus},
        {**limits, GPU: gpus},
        node_selector={_INSTANCE_TYPE: sku.name},
        tolerations=_GPU_TAINTS,
    )


def _quantities(given: ResourceQuantities | None) -> dict[str, str]:
    if given is None:
        return {}
    named = {"cpu": given.cpu, "memory": given.memory, GPU: given.gpu}
    return {name: str(value) for name, value in named.items() if value is not None}


def _without_gpu(quantities: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in quantities.items() if name != GPU}
