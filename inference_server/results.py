"""From what ``run()`` gave to status, headers and body.

JSON is written as azmlinfsrv 1.5.1 writes it (``json.dumps`` with its defaults). Beyond it, bytes, numpy arrays and
scalars, pandas objects and generators are served too; none of their packages is imported here, since an object of
theirs can only come from a script that has imported it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

__all__ = [
    "INTERNAL_ERROR",
    "Reply",
    "error_reply",
    "is_flask_response",
    "is_stream",
    "json_reply",
    "json_text",
    "reply",
    "stream_piece",
    "stream_type",
]

INTERNAL_ERROR = "An unexpected internal error occurred. Check the logs for more info."

_JSON = "application/json"
_BYTES = (bytes, bytearray, memoryview)
_FAILED_HEADER = "x-ms-run-function-failed"


class Reply(NamedTuple):
    """A whole answer; the headers in the order they are sent, Content-Type first and Content-Length second."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def reply(result: Any, *, strict: bool = False) -> Reply:
    """The reply to a result that is neither a Flask response nor a stream.

    Args:
        result: what ``run()`` returned.
        strict: serve only what azmlinfsrv serves.

    Raises:
        TypeError, ValueError, RecursionError: it cannot be written as JSON.
    """
    if not strict and isinstance(result, _BYTES):
        return _reply(200, "application/octet-stream", bytes(result), failed=False)
    return _reply(200, _JSON, json_text(result, strict=strict).encode(), failed=False)


def error_reply(status: int, message: str, *, failed: bool = False, more: dict[str, str] | None = None) -> Reply:
    """The reply to an error: a JSON object with the key ``message``, and `more` keys.

    Args:
        status: HTTP status.
        message: what the client reads.
        failed: it was the script that failed.
        more: further keys of the object.
    """
    return _reply(status, _JSON, json.dumps({"message": message, **(more or {})}).encode(), failed=failed)


def json_reply(value: Any) -> Reply:
    """A 200 with `value` as JSON."""
    return _reply(200, _JSON, json.dumps(value).encode(), failed=False)


def json_text(result: Any, *, strict: bool = False) -> str:
    """`result` as JSON; None becomes an empty object."""
    if result is None:
        return "{}"
    try:
        return json.dumps(result)
    except TypeError:
        if strict:
            raise
        return json.dumps(result, default=_to_json)


def is_flask_response(result: Any) -> bool:
    """Whether `result` is a Flask response, an ``AMLResponse`` among them."""
    # Another thread may be importing Flask at this moment: a script whose run() answers with its class has it whole.
    response = getattr(sys.modules.get("flask"), "Response", None)
    return response is not None and isinstance(result, response)


def is_stream(result: Any) -> bool:
    """Whether `result` is to be sent piece by piece: a generator or another iterator, asynchronous or not."""
    return isinstance(result, Iterator | AsyncIterator)


def stream_type(first: Any) -> str:
    """The content type of a stream, decided by its first piece: text, bytes, or one JSON value a line."""
    if isinstance(first, str):
        return "text/plain; charset=utf-8"
    return "application/octet-stream" if isinstance(first, _BYTES) else "application/x-ndjson"


def stream_piece(piece: Any) -> bytes:
    """A piece of a stream as it is sent."""
    if isinstance(piece, str):
        return piece.encode()
    if isinstance(piece, _BYTES):
        return bytes(piece)
    return json_text(piece).encode() + b"\n"


def _reply(status: int, content_type: str, body: bytes, *, failed: bool) -> Reply:
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        (_FAILED_HEADER, "True" if failed else "False"),
    ]
    return Reply(status, headers, body)


def _to_json(value: Any) -> Any:
    """What json cannot write, as something it can; raises TypeError where there is no such thing."""
    if _belongs_to(value, "pandas", "DataFrame"):
        return json.loads(value.to_json(orient="records", date_format="iso"))
    if _belongs_to(value, "pandas", "Series", "Index"):
        return json.loads(sys.modules["pandas"].Series(value).to_json(orient="values", date_format="iso"))
    if _belongs_to(value, "pandas", "Timestamp", "Timedelta"):
        return value.isoformat()
    if _belongs_to(value, "numpy", "datetime64", "timedelta64"):
        return str(value)
    if _belongs_to(value, "numpy", "ndarray"):
        dated = value.dtype.kind in "mM"
        return (value.astype(str) if dated else value).tolist()
    if _belongs_to(value, "numpy", "generic"):
        return value.item()
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    raise TypeError(
        f"run() returned {name}, which cannot be written as JSON. Return a dict, list, str, number, bytes, "
        "numpy array, pandas frame, generator or AMLResponse"
    )


def _belongs_to(value: Any, package: str, *classes: str) -> bool:
    module = sys.modules.get(package)
    return module is not None and isinstance(value, tuple(getattr(module, name) for name in classes))
