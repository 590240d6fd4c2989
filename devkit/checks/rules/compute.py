"""The machine that a deployment asks for, against its image, its model and its quota."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.checks.places import model_path
from devkit.spec.findings import Severity
from devkit.spec.images import image_facts
from devkit.spec.skus import find_sku, similar_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.catalogue import Rule
    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding
    from devkit.spec.skus import Sku

_GPU_IMAGE = re.compile(r"cuda|[-_/:.]gpu\b|tritonserver|nvidia", re.IGNORECASE)
_CPU_IMAGE = re.compile(r"[-_/:.]cpu\b", re.IGNORECASE)
"""For images that the list of known ones does not have."""

_SMALL = frozenset({"standard_ds1_v2", "standard_ds2_v2"})
_RETIRED = re.compile(r"_nc\d+s_v[23]$|_nc\d+rs_v[23]$|_nd\d+rs_v2$")
_ROOM = 0.8
_GIB = 2**30
_MOST_INSTANCES = 50
"""Instances a deployment may have; beyond it the limit itself is the finding."""

_MUCH_QUOTA = 24
"""vCPU. Below that a new subscription's quota is rarely in the way; the figure is a judgement, not Azure's."""


def _size(subject: Subject) -> Sku | None:
    name = subject.text("instance_type") if subject.kind.value == "managed-online-deployment" else None
    return find_sku(name) if name else None


@rule("DK601", "unknown-size", Severity.WARNING, "An instance type that is not in the list.", fixable=True)
def unknown_size(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The service refuses a size that it does not have; azure-ai-ml takes any text.

    The list is Azure's documentation page, which lags behind, so this is a warning. What a subscription
    has, the size picker of the studio shows.
    """
    name = subject.text("instance_type")
    node = subject.node("instance_type")
    if subject.kind.value != "managed-online-deployment" or not name or find_sku(name) is not None:
        return
    near = similar_names(name)
    fixes = tuple(subject.replacing(f"Write {each}", node.span, each, safe=False) for each in near if node is not None)
    yield subject.finding(
        rule,
        f"{name} is not among the sizes that Azure lists for managed endpoints",
        ("instance_type",),
        remedy=f"Did you mean {near[0]}?" if near else "Take one of the list in docs/instance-types.md.",
        fixes=fixes,
    )


@rule("DK602", "gpu-image-cpu-size", Severity.WARNING, "An image for GPUs on a size without one.")
def gpu_image_cpu_size(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The image is built for CUDA, and the machine has no GPU: libraries fall back to the CPU, or do not load."""
    sku, facts = _size(subject), subject.environment
    image = facts.image if facts is not None else None
    if sku is not None and not sku.gpu_kind and image and _device(image) == "gpu":
        yield subject.finding(
            rule,
            f"{sku.name} has no GPU, and {image.rpartition('/')[2]} is an image for GPUs",
            ("instance_type",),
            remedy="Choose a size with a GPU, such as Standard_NC4as_T4_v3, or a CPU image.",
        )


@rule("DK603", "cpu-image-gpu-size", Severity.WARNING, "An image without CUDA on a size with a GPU.")
def cpu_image_gpu_size(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The GPU is paid for and cannot be used, for the image has no CUDA libraries."""
    sku, facts = _size(subject), subject.environment
    image = facts.image if facts is not None else None
    if sku is not None and sku.gpu_kind and image and _device(image) == "cpu":
        yield subject.finding(
            rule,
            f"{sku.name} has a GPU ({sku.gpu_kind}), and {image.rpartition('/')[2]} has no CUDA",
            ("instance_type",),
            remedy="Take an image with CUDA, or a size without a GPU.",
        )


@rule("DK604", "small-size", Severity.WARNING, "A size that may be too small for the service's own processes.")
def small_size(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """azure-ai-ml itself warns that Standard_DS1_v2 and Standard_DS2_v2 may be too small to compute on."""
    name = subject.text("instance_type") or ""
    if name.lower() in _SMALL:
        yield subject.finding(
            rule,
            f"{name} may be too small beside the service's own containers",
            ("instance_type",),
            remedy="Take Standard_DS3_v2 or larger, and go down when it is measured.",
        )


@rule("DK605", "quota", Severity.HINT, "How much quota the deployment needs.")
def quota(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """A deployment needs ceil(1.2 x instances) x vCPU of quota; some GPU sizes are exempt from the 20 %.

    Ten Standard_DS3_v2 need 48 vCPU. Without it the service answers OutOfQuota after some minutes.
    """
    sku, count = _size(subject), subject.value("instance_count")
    if sku is None or not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= _MOST_INSTANCES:
        return
    cores = sku.quota(count)
    if cores >= _MUCH_QUOTA:
        yield subject.finding(
            rule,
            f"{count} x {sku.name} needs quota for {cores} vCPU of {sku.family}",
            ("instance_count",),
            remedy="Check it before you deploy: az ml compute list-usage --location REGION",
        )


@rule("DK606", "retired-size", Severity.WARNING, "A size that Azure has announced to retire.")
def retired_size(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """NCv2, NCv3 and NDv2 are past Azure's announced retirement dates, and still in the documentation's list.

    The dates are general knowledge (2026-11). Azure's own examples moved to NC4as_T4_v3.
    """
    name = subject.text("instance_type") or ""
    if _RETIRED.search(name.lower()):
        yield subject.finding(
            rule,
            f"{name} is of a series that Azure has announced to retire",
            ("instance_type",),
            remedy="Take Standard_NC4as_T4_v3 or an A100 size.",
            tags=frozenset({"deprecated"}),
        )


@rule("DK607", "model-and-memory", Severity.WARNING, "A model that hardly fits into the machine's memory.")
def model_and_memory(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Each of WORKER_COUNT processes loads the model once, and a model is rarely smaller in memory than on the disk.

    Memory sizes rest on general knowledge of the machine series.
    """
    sku, model = _size(subject), model_path(subject)
    if sku is None or model is None or not subject.files.exists(model):
        return
    workers = subject.whole("environment_variables", "WORKER_COUNT") or 1
    need = subject.files.size(model) * workers / _GIB
    if need > _ROOM * sku.memory_gib:
        yield subject.finding(
            rule,
            f"{workers} x {need / workers:.1f} GiB of model on {sku.name} with {sku.memory_gib:g} GiB of memory",
            ("instance_type",),
            remedy="Take a size with more memory, or fewer workers.",
        )


def _device(image: str) -> str | None:
    """``gpu`` or ``cpu``, from the list of known images or else by the words of the name; or None."""
    facts = image_facts(image)
    if facts is not None and facts.device is not None:
        return facts.device
    if _GPU_IMAGE.search(image):
        return "gpu"
    return "cpu" if _CPU_IMAGE.search(image) else None
