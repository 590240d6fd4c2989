"""Stands between a promoter and the local control plane, so that it looks like Azure: quota, tokens, faults."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.control_plane.client import Client

    Answer = tuple[int, dict[str, str], Any]

__all__ = ["CUT", "Front", "front"]

CUT: Answer = (0, {}, None)
"""As an answer: the connection is cut in the middle of the request."""
_UNAUTHORIZED = 401


@dataclass
class Front:
    """What is forwarded, and what is answered otherwise."""

    plane: Client
    token: str
    """Of the control plane."""
    accepted: str = "first"
    """The token that the promoter has to have."""
    url: str = ""
    sizes: list[Any] = field(default_factory=lambda: [{"name": "Standard_DS3_v2", "family": "standardDSv2Family"}])
    usages: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    """Method, path without its query, JSON body."""
    interfere: Callable[[str, str], Answer | None] = lambda method, path: None
    """Called before each request; what it gives is the answer."""

    def bodies(self, method: str, part: str) -> list[Any]:
        """The bodies of the requests whose path has `part`."""
        return [body for each, path, body in self.asked if each == method and part in path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    there: ClassVar[Front]

    def handle_all(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        self.there.asked.append((self.command, path, _json(data)))
        answer = self.there.interfere(self.command, path) or self._own(path)
        if answer is CUT:
            self.close_connection = True
            self.connection.close()
            return
        status, headers, body = answer or self._forwarded(data)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        length = headers.pop("Content-Length", str(len(content)))
        for name, value in {**headers, "Content-Length": length}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_all  # noqa: N815  the base class's names

    def _own(self, path: str) -> Answer | None:
        if path.startswith("/blobs/"):
            return None
        if self.headers.get("Authorization") != f"Bearer {self.there.accepted}":
            error = {"code": "ExpiredAuthenticationToken", "message": "The access token has expired."}
            return _UNAUTHORIZED, {}, {"error": error}
        if path.endswith("/vmSizes"):
            return 200, {}, {"value": self.there.sizes}
        return (200, {}, {"value": self.there.usages}) if path.endswith("/usages") else None

    def _forwarded(self, data: bytes) -> Answer:
        headers = {"Host": self.headers["Host"], "Authorization": f"Bearer {self.there.token}"}
        headers |= {key: self.headers[key] for key in ("Content-Type", "x-ms-blob-type") if key in self.headers}
        answer = urllib3.request(
            self.command, self.there.plane.base_url + self.path, body=data, headers=headers, retries=False, timeout=60
        )
        kept = {
            key: value
            for key, value in answer.headers.items()
            if key.lower() not in {"transfer-encoding", "date", "server", "connection"}
        }
        if self.command != "HEAD":
            kept.pop("Content-Length", None)
        if "Azure-AsyncOperation" in kept or "Location" in kept:
            kept["x-ms-retry-after-ms"] = "50"
        return answer.status, kept, answer.data.replace(b"https://127.0.0.1", b"http://127.0.0.1")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        pass


@contextmanager
def front(plane: Client, token: str) -> Iterator[Front]:
    """Listen on loopback."""
    there = Front(plane, token)
    handler = type("Handler", (_Handler,), {"there": there})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        there.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield there
        server.shutdown()
        thread.join()


def _json(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None
