"""Where what a promotion sends may differ from what azure-ai-ml sends for the same documents: a table with reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from devkit.promote.azure.registering import DIGEST
from devkit.promote.azure.states import TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["ALLOWED", "MISSING", "Allowed", "difference_of", "leaves"]

MISSING: Final = "(not said)"
_HASH: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Allowed:
    """One way to differ."""

    where: str
    """A pattern of the whole place, such as ``model.properties.tags``."""
    why: str
    holds: Callable[[Any, Any], bool]
    """Whether ours and theirs differ in this way."""


def _only_ours(ours: Any, theirs: Any) -> bool:
    return ours != MISSING and theirs == MISSING


def _only_theirs(*values: Any) -> Callable[[Any, Any], bool]:
    return lambda ours, theirs: ours == MISSING and theirs in values


def _same_but_for_hashes(ours: Any, theirs: Any) -> bool:
    return bool(_HASH.sub("HASH", str(ours)) == _HASH.sub("HASH", str(theirs)))


def _same_yaml(ours: Any, theirs: Any) -> bool:
    return bool(yaml.safe_load(ours) == yaml.safe_load(theirs))


def _same_place(ours: Any, theirs: Any) -> bool:
    """The path in the storage account, whatever its host is called."""
    one, other = (str(each).partition("://")[2].partition("/")[2] for each in (ours, theirs))
    return _same_but_for_hashes(one, other) and str(ours).startswith("https://devkit.blob.")


ALLOWED: Final[Sequence[Allowed]] = (
    Allowed(
        rf"(endpoint|traffic|deployment)\.tags\.{TAG}",
        "the tag by which a promotion knows what it made, and deletes nothing else",
        _only_ours,
    ),
    Allowed(
        r"deployment\.properties\.scaleSettings\.scaleType",
        "said by us; azure-ai-ml leaves it to the service, whose answers have the same",
        lambda ours, theirs: (ours, theirs) == ("Default", MISSING),
    ),
    Allowed(
        r"deployment\.properties\.appInsightsEnabled",
        "left by us to the service, which logs nothing there unless asked to",
        _only_theirs(False),
    ),
    Allowed(
        r"(endpoint|traffic)\.(tags|properties\.(properties|traffic|mirrorTraffic))"
        r"|deployment\.(tags|properties\.(properties|environmentVariables))|(model|data\.\w+)\.properties\.(tags|properties)",
        "nothing, said by azure-ai-ml as an empty mapping",
        _only_theirs({}),
    ),
    Allowed(
        r"(model|environment|data\.\w+)\.properties\.isArchived", "what a new version is anyway", _only_theirs(False)
    ),
    Allowed(r"data\.\w+\.properties\.isAnonymous", "what has a name is not", _only_theirs(False)),
    Allowed(
        r"(endpoint|traffic)\.properties\.publicNetworkAccess|deployment\.properties\.(egressPublicNetworkAccess"
        r"|dataCollector\.(rollingRate|collections\.\w+\.dataCollectionMode))",
        "spelt as the API's documents do; azure-ai-ml sends them as the YAML has them",
        lambda ours, theirs: str(ours).lower() == theirs,
    ),
    Allowed(
        r"deployment\.properties\.(codeConfiguration\.codeId|model|environmentId)",
        "versions without a name are called by a hash, and the two hash otherwise; what is there is compared, too",
        _same_but_for_hashes,
    ),
    Allowed(
        rf"(code|model|environment)\.properties\.properties\.{re.escape(DIGEST)}",
        "by which a promotion finds a version of the same content",
        _only_ours,
    ),
    Allowed(
        r"code\.properties\.properties\.(hash_sha256|hash_version)",
        "by which azure-ai-ml finds code of the same content",
        lambda ours, theirs: ours == MISSING and theirs != MISSING,
    ),
    Allowed(
        r"(code\.properties\.codeUri|model\.properties\.modelUri)",
        "the folder is called by a hash of its content, and the two hash otherwise",
        lambda ours, theirs: _same_but_for_hashes(*(re.sub(r":\d+/", ":PORT/", str(each)) for each in (ours, theirs))),
    ),
    Allowed(
        r"environment\.properties\.build\.contextUri",
        "as for models; the account's host is told by the datastore to us, to azure-ai-ml by the cloud's metadata",
        _same_place,
    ),
    Allowed(
        r"environment\.properties\.condaFile",
        "the same YAML; azure-ai-ml sorts its keys",
        _same_yaml,
    ),
)


def leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every value with its place; an empty mapping is one."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, f"{place}.{key}")
    else:
        yield place, value


def difference_of(place: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Allowed | str | None:
    """None where both say the same, the way in which they may differ, or what is told of any other difference."""
    one, other = ours.get(place, MISSING), theirs.get(place, MISSING)
    if one == other:
        return None
    found = (each for each in ALLOWED if re.fullmatch(each.where, place) and each.holds(one, other))
    return next(found, f"{place}: ours {one!r}, azure-ai-ml's {other!r}")
