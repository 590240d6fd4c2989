"""Whether a region has the machine, and the subscription the quota for it: asked before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.spec.skus import find_sku

if TYPE_CHECKING:
    from collections.abc import Sequence

    Json = dict[str, Any]

__all__ = ["refusal"]


def refusal(size: str, instances: int, sizes: Sequence[Json], usages: Sequence[Json]) -> str | None:
    """Why a deployment would not get its machines; None when nothing speaks against it.

    Args:
        size: the YAML's instance_type.
        instances: the YAML's instance_count.
        sizes: what the region offers (vmSizes); empty where it was not told.
        usages: what the subscription uses of each quota there (usages).
    """
    offered = {str(each.get("name", "")).lower(): each for each in sizes}
    if offered and size.lower() not in offered:
        return f"{size} is not offered to this subscription in this region. Take another instance_type or region."
    sku, told = find_sku(size), offered.get(size.lower(), {})
    family = str(told.get("family") or (sku.family if sku else ""))
    needed = sku.quota(instances) if sku else int(told.get("vCPUs") or 0) * instances
    usage = next((each for each in usages if _name(each) == family.lower()), None)
    if usage is None or not family:
        return None
    left = int(usage["limit"]) - int(usage["currentValue"])
    if usage["limit"] < 0 or needed <= left:  # a limit of -1 stands for none
        return None
    return (
        f"{instances} x {size} takes {needed} vCPUs of {family}, with the 20 % that the service keeps in reserve, and "
        f"{left} of {usage['limit']} are left. Ask for more quota, or take fewer or smaller machines."
    )


def _name(usage: Json) -> str:
    return str((usage.get("name") or {}).get("value", "")).lower()
