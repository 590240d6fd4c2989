"""The service's rules on endpoints and deployments that no schema has; pure.

Sources: azure-ai-ml 1.35.2 and the documentation of managed online endpoints, as of 2026-11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devkit.control_plane.errors import BadArgumentError, ConflictError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "check_auth_mode",
    "check_deletable",
    "check_mirror",
    "check_name",
    "check_traffic",
    "shares",
]

_NAME = re.compile(r"[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?")
_SHORTEST, _LONGEST = 3, 32
_WHOLE = 100
_MIRROR_MOST = 50
_AUTH_MODES = {"key": "Key", "amltoken": "AMLToken", "aadtoken": "AADToken"}


def check_name(kind: str, name: str) -> None:
    """Refuse a name that the service refuses.

    Raises:
        BadArgumentError: with the rule that it breaks.
    """
    if not _SHORTEST <= len(name) <= _LONGEST or not _NAME.fullmatch(name):
        raise BadArgumentError(
            f"The {kind} name '{name}' is not allowed: {_SHORTEST} to {_LONGEST} characters, a letter first, then "
            "letters, digits and dashes, and no dash at the end."
        )


def check_auth_mode(mode: Any) -> str:
    """The mode in the service's spelling.

    Raises:
        BadArgumentError: there is no such mode.
    """
    known = _AUTH_MODES.get(str(mode or "Key").replace("_", "").lower())
    if known is None:
        raise BadArgumentError(f"authMode is '{mode}'; it must be Key, AMLToken or AADToken.")
    return known


def shares(value: Any, what: str) -> dict[str, int]:
    """A map of percentages by deployment, without its zeros, as the service keeps it.

    Raises:
        BadArgumentError: it is no such map.
    """
    if not isinstance(value or {}, dict):
        raise BadArgumentError(f"{what} must map deployments to whole percentages.")
    for name, share in (value or {}).items():
        if isinstance(share, bool) or not isinstance(share, int) or not 0 <= share <= _WHOLE:
            raise BadArgumentError(f"{what} of '{name}' is {share!r}; it must be a whole number from 0 to {_WHOLE}.")
    return {str(name).lower(): share for name, share in (value or {}).items() if share}


def check_traffic(traffic: Mapping[str, int], ready: Collection[str], known: Collection[str]) -> None:
    """Refuse traffic that the service refuses.

    Args:
        traffic: percentages by deployment, without zeros.
        ready: the deployments that serve.
        known: all deployments of the endpoint.

    Raises:
        BadArgumentError: the sum is neither 0 nor 100, or a deployment does not exist.
        ConflictError: a deployment is not ready.
    """
    total = sum(traffic.values())
    if total not in {0, _WHOLE}:
        raise BadArgumentError(f"Traffic adds up to {total} %; the sum must be 0 or {_WHOLE}.")
    _check_targets("Traffic", traffic, ready, known)


def check_mirror(
    mirror: Mapping[str, int], traffic: Mapping[str, int], ready: Collection[str], known: Collection[str]
) -> None:
    """Refuse mirror traffic that the service refuses.

    Raises:
        BadArgumentError: more than one deployment, more than 50 %, a deployment with live traffic, or an unknown one.
        ConflictError: the deployment is not ready.
    """
    if len(mirror) > 1:
        raise BadArgumentError(f"Traffic can be mirrored to one deployment only, not to {', '.join(sorted(mirror))}.")
    for name, share in mirror.items():
        if share > _MIRROR_MOST:
            raise BadArgumentError(f"Mirror traffic to '{name}' is {share} %; at most {_MIRROR_MOST} % is allowed.")
        if traffic.get(name):
            raise BadArgumentError(
                f"'{name}' has {traffic[name]} % of the live traffic; traffic is mirrored to deployments without any."
            )
    _check_targets("Mirror traffic", mirror, ready, known)


def check_deletable(name: str, traffic: Mapping[str, int], mirror: Mapping[str, int]) -> None:
    """Refuse to delete a deployment that requests still go to.

    Raises:
        BadArgumentError: it has live or mirrored traffic.
    """
    for kind, share in (("live", traffic.get(name)), ("mirror", mirror.get(name))):
        if share:
            raise BadArgumentError(
                f"Deployment '{name}' has {share} % of the {kind} traffic, so it cannot be deleted. "
                "Set its traffic to 0 first."
            )


def _check_targets(what: str, targets: Mapping[str, int], ready: Collection[str], known: Collection[str]) -> None:
    for name in targets:
        if name not in known:
            raise BadArgumentError(f"{what} names deployment '{name}', which the endpoint does not have.")
        if name not in ready:
            raise ConflictError(
                f"{what} names deployment '{name}', which is not ready. Wait until it is, or see why with get-logs.",
                code="ResourceNotReady",
            )
