"""The facts of machine sizes in the words that lists, hints and hovers show."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from devkit.spec.images import image_facts
from devkit.spec.skus import all_skus

if TYPE_CHECKING:
    from devkit.spec.skus import Sku

__all__ = ["facts", "gpus", "sizes_for", "table"]


def facts(sku: Sku) -> str:
    """`4 vCPU · 14 GiB`, and its GPUs if it has any."""
    words = [f"{sku.vcpus} vCPU", f"{sku.memory_gib:g} GiB"]
    if sku.gpu_kind:
        words.append(gpus(sku))
    return " · ".join(words)


def gpus(sku: Sku) -> str:
    """`4 x A100 80 GiB`: how many, which, and the memory of each."""
    memory = f" {sku.gpu_memory_gib:g} GiB" if sku.gpu_memory_gib else ""
    return f"{sku.gpus} x {sku.gpu_kind}{memory}"


def table(sku: Sku) -> str:
    """All that is known of a size, as a Markdown table."""
    rows = [
        ("vCPU", str(sku.vcpus)),
        ("Memory", f"{sku.memory_gib:g} GiB"),
        ("GPU", gpus(sku) if sku.gpu_kind else "none"),
        ("InfiniBand", "yes" if sku.infiniband else "no"),
        ("Quota family", f"`{sku.family}`"),
        ("Quota of one instance", f"{sku.quota(1)} vCPU" + ("" if sku.reserve_exempt else " (with the 20 % reserve)")),
    ]
    return "\n".join([f"| `{sku.name}` | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def sizes_for(image: str | None) -> tuple[Sku, ...]:
    """The sizes to offer, small ones first; only those with a GPU where the image needs one."""
    known = image_facts(image) if image else None
    return _with_gpu() if known is not None and known.device == "gpu" else _by_size()


@cache
def _by_size() -> tuple[Sku, ...]:
    return tuple(sorted(all_skus().values(), key=lambda sku: (sku.gpus, sku.vcpus, sku.memory_gib, sku.name)))


@cache
def _with_gpu() -> tuple[Sku, ...]:
    return tuple(sku for sku in _by_size() if sku.gpu_kind)
