"""The packages that a validated deployment ran on: those that its conda file asks for and what they need, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel, ConfigDict

from devkit.runtime.conda_file import read_conda

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.runtime.inventory import Distribution, Inventory

__all__ = ["Packages", "packages_of"]


class Packages(BaseModel):
    """What was installed where the requests were answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    python: str
    """Such as 3.11.7."""
    platform: str
    """As sysconfig calls it: linux-x86_64."""
    conda: tuple[str, ...] = ()
    """What conda installed, `name=version=build` each; empty where pip installed everything."""
    pip: tuple[str, ...] = ()
    """Requirements that name one version each, as `pip freeze` writes them."""
    unnamed: tuple[str, ...] = ()
    """Names of those that no requirement can name: they were installed from a folder of that machine."""


def packages_of(inventory: Inventory, conda: Mapping[str, Any]) -> Packages:
    """Of everything installed what a conda file asks for; where conda made the environment, all of it.

    An environment may have more: the kit's own interpreter has the kit, and what its user put there.
    """
    wanted = inventory.distributions if inventory.conda else _needed(inventory, conda)
    found = [inventory.distributions[name] for name in sorted(wanted)]
    lines = {each.name: _line(each) for each in found if not each.by_conda}
    return Packages(
        python=inventory.python,
        platform=inventory.platform,
        conda=inventory.conda,
        pip=tuple(line for line in lines.values() if line is not None),
        unnamed=tuple(name for name, line in lines.items() if line is None),
    )


def _needed(inventory: Inventory, conda: Mapping[str, Any]) -> set[str]:
    """The names that a conda file asks for and has, and of all that they need."""
    waiting = [(requirement, "") for line in read_conda(conda).packages for requirement in _parsed(line)]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, extra = waiting.pop()
        name = str(canonicalize_name(requirement.name))
        if name not in inventory.distributions or not _applies(requirement, extra, inventory):
            continue
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                needs = inventory.distributions[name].requires
                waiting += [(each, wanted) for line in needs for each in _parsed(line)]
    return {name for name, _ in seen}


def _applies(requirement: Requirement, extra: str, inventory: Inventory) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({**inventory.markers, "extra": extra})


def _parsed(line: str) -> Iterator[Requirement]:
    """The requirement; none of a line that is a path or an option."""
    try:
        yield Requirement(line)
    except InvalidRequirement:
        return


def _line(distribution: Distribution) -> str | None:
    """The requirement that names exactly this (PEP 508); None where it was installed from a folder."""
    origin = distribution.origin
    if origin is None:
        return f"{distribution.name}=={distribution.version}"
    url = str(origin.get("url", ""))
    if (source := origin.get("vcs_info")) is not None:
        return f"{distribution.name} @ {source['vcs']}+{url}@{source['commit_id']}"
    if url.startswith("file:"):
        return None
    digests = (origin.get("archive_info") or {}).get("hashes") or {}
    return f"{distribution.name} @ {url}" + (f"#sha256={digests['sha256']}" if "sha256" in digests else "")
