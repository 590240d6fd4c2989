"""The machine sizes of managed online deployments.

Names, families and vCPUs are the documentation's; memory and GPU columns rest on general knowledge (`facts.sources`).
A size that is not in the list is not therefore wrong: Azure adds sizes, and a subscription may have its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import cache

from devkit.spec.facts import read_rows

_RESERVE = Fraction(12, 10)
"""The service asks for 20 percent more machines than the deployment has, to upgrade them one after the other."""


@dataclass(frozen=True)
class Sku:
    """One size."""

    name: str
    """As Azure writes it: `Standard_DS3_v2`. Comparisons ignore case."""
    family: str
    """What the quota of a subscription is counted by."""
    vcpus: int
    memory_gib: float
    gpu_kind: str | None
    gpus: Fraction
    """How many GPUs; the A10 sizes have a part of one."""
    gpu_memory_gib: float
    """Of each GPU, or of the part."""
    infiniband: bool
    reserve_exempt: bool
    """Whether the service skips its 20 percent reserve."""

    def quota(self, instances: int) -> int:
        """How many vCPUs of the family's quota a deployment of `instances` machines takes."""
        machines = instances if self.reserve_exempt else math.ceil(instances * _RESERVE)
        return machines * self.vcpus


@cache
def all_skus() -> dict[str, Sku]:
    """Every size, by its name in lower case, in the documentation's order."""
    return {row["name"].lower(): _sku(row) for row in read_rows("managed_online_skus.csv")}


def find_sku(name: str) -> Sku | None:
    """The size of that name, whatever its case; None when the list does not have it."""
    return all_skus().get(name.lower())


def similar_names(name: str, count: int = 3) -> list[str]:
    """The names of sizes that `name` may be a slip of."""
    return [all_skus()[each].name for each in get_close_matches(name.lower(), list(all_skus()), count, 0.75)]


def _sku(row: dict[str, str]) -> Sku:
    return Sku(
        name=row["name"],
        family=row["family"],
        vcpus=int(row["vcpu"]),
        memory_gib=float(row["memory_gib"]),
        gpu_kind=row["gpu_kind"] or None,
        gpus=Fraction(row["gpu_count"]),
        gpu_memory_gib=float(row["gpu_memory_gib_each"] or 0),
        infiniband=row["infiniband"] == "yes",
        reserve_exempt=row["skips_20pct_reserve"] == "yes",
    )
