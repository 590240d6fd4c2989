"""Requests and answers as the service's data collector writes them down: one JSON object a line, in rolling files.

The shape is that of "Collect production data from models deployed for real-time inferencing" (learn.microsoft.com, read
2026-11): CloudEvents of the types azureml.inference.request and azureml.inference.response. Production's files can so
be replayed here, and ours be read by whatever reads production's.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Payload", "Rolling", "chosen", "data_file", "file_of", "record_of"]

Rolling = Literal["minute", "hour", "day"]

_PARTS: Final[Mapping[Rolling, str]] = {"day": "%Y/%m/%d", "hour": "%Y/%m/%d/%H", "minute": "%Y/%m/%d/%H/%M"}


@dataclass(frozen=True)
class Payload:
    """One request or one answer."""

    collection: Literal["request", "response"]
    endpoint: str
    deployment: str
    time: dt.datetime
    """With its zone; when the request came."""
    method: str
    path: str
    content_type: str
    request_id: str
    client_id: str | None
    size: int
    sha256: str
    body: bytes | None
    """None where it was too large to be kept: then size and digest are what is recorded."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those that `request_logging.capture_headers` names."""


def chosen(rates: Mapping[str, float], draw: float) -> frozenset[str]:
    """The collections that take this request; one draw for all, so that a request and its answer stay together.

    Args:
        rates: by collection, 0 to 1.
        draw: in [0, 1).
    """
    return frozenset(name for name, rate in rates.items() if draw < rate)


def file_of(payload: Payload, rolling: Rolling, writer: str) -> PurePosixPath:
    """Where its line belongs, below the folder modelDataCollector: the service's path, in UTC.

    Args:
        payload: what is recorded.
        rolling: how often a new file begins.
        writer: the name of who writes; nobody else writes to the file.
    """
    moment = payload.time.astimezone(dt.timezone.utc).strftime(_PARTS[rolling])
    return PurePosixPath(payload.endpoint, payload.deployment, payload.collection, moment, f"{writer}.jsonl")


def data_file(payload: Payload) -> str | None:
    """The name of a file of its own, beside the line's, for a body that is no text; None where the line can hold it."""
    if payload.body is None or isinstance(_data(payload.body, payload.content_type), (str, _Json)):
        return None
    return f"{payload.request_id}-{payload.collection}.bin"


def record_of(payload: Payload) -> dict[str, Any]:
    """The JSON object of one line."""
    record: dict[str, Any] = {
        "specversion": "1.0",
        "id": payload.request_id,
        "source": f"/onlineEndpoints/{payload.endpoint}/deployments/{payload.deployment}",
        "type": f"azureml.inference.{payload.collection}",
        "datacontenttype": payload.content_type,
        "time": payload.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **_content(payload),
        "path": payload.path,
        "method": payload.method,
        "contentrange": f"bytes 0-{max(0, payload.size - 1)}/{payload.size}",
        "correlationid": payload.client_id or payload.request_id,
        "xrequestid": payload.request_id,
    }
    return {**record, "headers": dict(payload.headers)} if payload.headers else record


def _content(payload: Payload) -> dict[str, Any]:
    if payload.body is None:
        return {"data": None, "datasha256": payload.sha256}
    if (name := data_file(payload)) is not None:
        return {"dataref": name}
    data = _data(payload.body, payload.content_type)
    return {"data": data.value if isinstance(data, _Json) else data}


@dataclass(frozen=True)
class _Json:
    value: Any


def _data(body: bytes, content_type: str) -> _Json | str | bytes:
    """A body as JSON, as text, or as the bytes that it is."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    if "json" in content_type.lower():
        try:
            return _Json(json.loads(text))
        except ValueError:
            return text
    return text
