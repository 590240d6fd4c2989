"""How the mirror's answer compares with the client's: pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from devkit.gateway.bodies import Copy

__all__ = ["SHOWN", "Answer", "Verdict", "compare", "record"]

SHOWN = 2000
"""Bytes of a body that a record holds."""

Verdict = Literal["same", "same_json", "different_body", "different_status", "no_answer"]


@dataclass(frozen=True)
class Answer:
    """What one deployment said to a request."""

    deployment: str
    status: int | None
    """The instance's own; None where it gave no answer."""
    seconds: float
    body: Copy | None = None
    error: str | None = None
    """Why there was no answer."""


def compare(live: Answer, mirror: Answer) -> Verdict:
    """`same` to the byte, `same_json` where only the spelling of equal JSON differs."""
    if live.status is None or mirror.status is None or live.body is None or mirror.body is None:
        return "no_answer"
    if live.status != mirror.status:
        return "different_status"
    if live.body.digest == mirror.body.digest:
        return "same"
    return "same_json" if _equal_json(live.body.whole, mirror.body.whole) else "different_body"


def record(at: str, request_id: str, path: str, live: Answer, mirror: Answer) -> dict[str, Any]:
    """One line of mirror.jsonl.

    Args:
        at: the time of the request, ISO 8601.
        request_id: the service's id of the request; both deployments saw it.
        path: what was asked for.
        live: what the client got.
        mirror: what the other one said.
    """
    return {
        "time": at,
        "request_id": request_id,
        "path": path,
        "verdict": compare(live, mirror),
        "live": _shown(live),
        "mirror": _shown(mirror),
    }


def _shown(answer: Answer) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "deployment": answer.deployment,
        "status": answer.status,
        "milliseconds": round(answer.seconds * 1000, 1),
    }
    if answer.error is not None:
        shown["error"] = answer.error
    if answer.body is not None:
        whole = answer.body.whole or b""
        shown |= {"bytes": answer.body.size, "sha256": answer.body.digest}
        shown["body"] = whole[:SHOWN].decode("utf-8", "replace")
    return shown


def _equal_json(first: bytes | None, second: bytes | None) -> bool:
    if first is None or second is None:
        return False
    try:
        return bool(json.loads(first) == json.loads(second))
    except (ValueError, RecursionError):
        return False
