"""From an exchange that took place to a golden request: headers left out, secrets redacted. Pure but for `pairs_in`."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.golden.redacting import Redactor

__all__ = ["Exchange", "golden_of", "name_of", "pairs_in", "save"]

_INLINE: Final = 64 * 1024
"""Bytes: larger bodies that are neither JSON nor text are kept as their hash."""


@dataclass(frozen=True)
class Exchange:
    """A request and its answer."""

    method: str
    path: str
    """With the query."""
    content_type: str
    body: bytes
    answer_type: str
    answer: bytes | None
    """None where only its digest is known."""
    answer_sha256: str | None = None
    status: int | None = 200
    """None where it was not kept: then only the answer itself is compared."""


def golden_of(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """The content of a golden file.

    No header is kept but the type of a body that was not sent as JSON. Where the request had a secret, a note says
    that it is asked without it: its answer may then be another one.
    """
    body = _body(exchange.body, exchange.content_type)
    safe = _redacted(body, exchange.content_type, redactor)
    path = redactor.path(exchange.path)
    request: dict[str, Any] = {"method": exchange.method, "path": path, **safe}
    if exchange.body and exchange.content_type and not ("body" in safe and _says_json(exchange.content_type)):
        request["headers"] = {"Content-Type": exchange.content_type}
    golden: dict[str, Any] = {"request": request, "answer": _answer(exchange, redactor)}
    ignored = _redacted_paths(_json_of(exchange), golden["answer"].get("body"))
    if ignored:
        golden["compare"] = {"ignore": ignored}
    if safe != body or path != exchange.path:
        golden["note"] = "A secret of the request was redacted; put a harmless value in its place that is answered."
    return golden


def name_of(golden: Mapping[str, Any]) -> str:
    """A file name: the route, and a digest of the request, so that the same request is recorded once."""
    request = golden["request"]
    route = re.sub(r"[^A-Za-z0-9]+", "-", request["path"].partition("?")[0]).strip("-") or "root"
    digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    return f"{route}-{digest[:10]}.json"


def save(golden: Mapping[str, Any], folder: Path) -> Path | None:
    """Write a golden file, and return its path; None when there is one of this request: somebody may have edited it."""
    path = folder / name_of(golden)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")
    except FileExistsError:
        return None
    return path


def pairs_in(folder: Path) -> Iterator[Exchange]:
    """The exchanges that a data collector wrote below a folder: those with a request and an answer.

    A line has type, time, data, path, method and ids, but no status (learn.microsoft.com, "Collect production data",
    read 2026-11): theirs is None.
    """
    requests: dict[str, tuple[Mapping[str, Any], bytes]] = {}
    answers: dict[str, tuple[Mapping[str, Any], bytes | None]] = {}
    for path in sorted(folder.rglob("*.jsonl")) if folder.is_dir() else [folder]:
        for record in _records(path):
            key, body = str(record.get("xrequestid") or record.get("id")), _content(record, path)
            if str(record.get("type", "")).endswith(".request") and body is not None:
                requests[key] = (record, body)
            elif str(record.get("type", "")).endswith(".response"):
                answers[key] = (record, body)
    for key, (request, sent) in requests.items():
        if key in answers and (answers[key][1] is not None or answers[key][0].get("datasha256")):
            yield _pair(request, sent, *answers[key])


def _pair(request: Mapping[str, Any], sent: bytes, answer: Mapping[str, Any], got: bytes | None) -> Exchange:
    return Exchange(
        method=str(request.get("method", "POST")),
        path=str(request.get("path", "/score")),
        content_type=str(request.get("datacontenttype", "")),
        body=sent,
        answer_type=str(answer.get("datacontenttype", "")),
        answer=got,
        answer_sha256=answer.get("datasha256"),
        status=None,
    )


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    """The lines that are whole; the last one may be in the making."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, Mapping):
                yield record


def _content(record: Mapping[str, Any], path: Path) -> bytes | None:
    if "dataref" in record:
        beside = path.parent / str(record["dataref"])
        return beside.read_bytes() if beside.parent == path.parent and beside.is_file() else None
    if record.get("datasha256") and record.get("data") is None:
        return None
    data = record.get("data")
    is_text = isinstance(data, str) and "json" not in str(record.get("datacontenttype", "")).lower()
    return str(data).encode() if is_text else json.dumps(data).encode()


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    """In the form that reads best: JSON, text, or base64.

    An object or a list is JSON whatever its type says: curl sends `-d '{"password": …}'` as a form, and only in JSON
    are the names found that are to be redacted.
    """
    if not body:
        return {}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"text": text}
    return {"body": value} if _says_json(content_type) or isinstance(value, (dict, list)) else {"text": text}


def _says_json(content_type: str) -> bool:
    return "json" in content_type.lower()


def _answer(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    if exchange.answer is None:
        return {"status": exchange.status, "sha256": exchange.answer_sha256}
    body = _body(exchange.answer, exchange.answer_type)
    safe = _redacted(body, exchange.answer_type, redactor)
    opaque = "base64" in body and len(exchange.answer) > _INLINE
    if opaque or ("text" in body and safe != body):  # a text has no paths to leave a part of it out of the comparison
        return {"status": exchange.status, "sha256": hashlib.sha256(exchange.answer).hexdigest()}
    return {"status": exchange.status, **safe}


def _redacted(body: Mapping[str, Any], content_type: str, redactor: Redactor) -> dict[str, Any]:
    if "text" in body and "x-www-form-urlencoded" in content_type.lower():
        return {"text": redactor.form(body["text"])}
    return {form: value if form == "base64" else redactor.value(value) for form, value in body.items()}


def _json_of(exchange: Exchange) -> Any:
    return None if exchange.answer is None else _body(exchange.answer, exchange.answer_type).get("body")


def _redacted_paths(before: Any, after: Any, path: str = "$") -> list[str]:
    """Where a value was replaced: these places are not compared."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        inner = ((f"{path}[{json.dumps(key)}]", before[key], after.get(key)) for key in before)
    elif isinstance(before, list) and isinstance(after, list):
        inner = ((f"{path}[{n}]", one, other) for n, (one, other) in enumerate(zip(before, after, strict=True)))
    else:
        return [] if before == after or (before != before) else [path]  # noqa: PLR0124  NaN
    return [found for place, one, other in inner for found in _redacted_paths(one, other, place)]
