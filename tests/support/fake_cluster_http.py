"""The fake cluster's HTTP side: requests to answers, refusals to Statuses, watches as streams, commands in pods."""

from __future__ import annotations

import json
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import yaml

from tests.support.fake_exec import answer_exec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Json = dict[str, Any]

__all__ = ["Cluster", "Refused", "handler_of"]


class Refused(Exception):  # noqa: N818  an answer
    """A request that is answered with a Status."""

    def __init__(self, code: int, reason: str, message: str, causes: list[Json] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after: str | None = None
        self.body: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "code": code,
            "details": {"causes": causes or []},
        }


class Cluster(Protocol):
    """What answers."""

    commands: Callable[[str, list[str]], tuple[int, str]]
    may_run_commands: bool

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Json:
        """One request that is no watch."""
        ...

    def watch(self, path: str, query: dict[str, str]) -> Iterator[Json | None]:
        """The events of a watch."""
        ...


def handler_of(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    """The handler of each request."""
    return type("Handler", (_Handler,), {"cluster": cluster})


class _Handler(BaseHTTPRequestHandler):
    cluster: Cluster
    protocol_version = "HTTP/1.1"
    timeout = 20
    wbufsize = -1  # head and body in one packet, or each answer waits for the other side's acknowledgement

    def _any(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if query.get("watch") in {"true", "1"}:
                self._watch(parts.path, query)
                return
            if parts.path.endswith("/exec"):
                self._exec(parts.path, parts.query)
            elif parts.path.endswith("/log"):
                self._send(200, b"the script's last words\n", "text/plain")
            else:
                body = yaml.safe_load(sent) if sent else None
                self._send(200, json.dumps(self.cluster.answer(self.command, parts.path, query, body)).encode())
        except Refused as refused:
            self._send(refused.code, json.dumps(refused.body).encode(), retry_after=refused.retry_after)

    do_GET = do_PATCH = do_DELETE = do_POST = do_PUT = _any  # noqa: N815  the standard library's names

    def _send(self, code: int, body: bytes, kind: str = "application/json", retry_after: str | None = None) -> None:
        self.send_response(code)
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _exec(self, path: str, query: str) -> None:
        if not self.cluster.may_run_commands:
            raise Refused(403, "Forbidden", "pods/exec is forbidden")
        command = [value for name, value in parse_qsl(query) if name == "command"]
        code, output = self.cluster.commands(path.split("/")[-2], command)
        with suppress(OSError):
            answer_exec(self, code, output)

    def _watch(self, path: str, query: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):
            for event in self.cluster.watch(path, query):
                self.wfile.write(b"" if event is None else json.dumps(event).encode() + b"\n")
                self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
