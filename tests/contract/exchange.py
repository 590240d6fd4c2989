"""One HTTP exchange, and its answer in the form in which it is recorded and compared."""

from __future__ import annotations

import base64
import http.client
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.contract.model import Request

__all__ = ["DROPPED", "HOST", "Answer", "ask", "normalised"]

HOST = "localhost:5001"
"""Sent whatever the port is, so that what a script sees of its request does not vary."""

DROPPED: dict[str, Any] = {"dropped": True}
"""Recorded where the connection ended without an answer."""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MILLISECONDS = re.compile(r"\d+\.\d{3}")


@dataclass(frozen=True)
class Answer:
    """A status line without the protocol, the headers as sent, and the body without its framing."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def ask(port: int, request: Request, *, timeout: float = 30.0) -> dict[str, Any]:
    """Send ``request`` to 127.0.0.1 on a connection of its own, and give the normalised answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        _send(connection, request)
        response = connection.getresponse()
        answer = Answer(f"{response.status} {response.reason}", tuple(response.getheaders()), _read(response))
    except (ConnectionError, http.client.HTTPException):
        return DROPPED
    finally:
        connection.close()
    return normalised(answer)


def _send(connection: http.client.HTTPConnection, request: Request) -> None:
    connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", HOST)
    for name, value in request.headers:
        connection.putheader(name, value.encode("latin-1"))
    if request.body is not None and not any(name.lower() == "content-length" for name, _ in request.headers):
        connection.putheader("Content-Length", str(len(request.body)))
    try:
        connection.endheaders(request.body)
    except (BrokenPipeError, ConnectionResetError):
        return  # refused before the end of the request: the answer may be there all the same


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read()
    except http.client.IncompleteRead as cut:
        return cut.partial + b" <cut>"


def normalised(answer: Answer) -> dict[str, Any]:
    """Give ``answer`` as JSON, with what necessarily varies replaced by its kind in angle brackets."""
    return {"status": answer.status, "headers": _headers(answer.headers), "body": _body(answer.body)}


def _headers(headers: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {_header_value(name.lower(), value)}" for name, value in headers]


def _header_value(name: str, value: str) -> str:
    if name == "date" and value.endswith("GMT"):
        return "<date>"
    if name in {"x-request-id", "x-ms-request-id"} and UUID.fullmatch(value):
        return "<uuid4>"
    if name == "x-ms-run-fn-exec-ms" and MILLISECONDS.fullmatch(value):
        return "<milliseconds>"
    return value


def _body(body: bytes) -> str | dict[str, str]:
    if len(body) > 100_000:
        return {"length": str(len(body)), "start": body[:100].decode("latin-1")}
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
