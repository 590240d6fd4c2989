"""Stands between a promoter and the local control plane, so that it looks like Azure: quota, tokens, faults."""

from __future__ import annotations

import json
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
    instead: Callable[[str, str, Any], Answer | None] = lambda method, path, body: None
    """Answers in the control plane's place: method, path, JSON body."""

    def bodies(self, method: str, part: str) -> list[Any]:
        """The bodies of the requests whose path has `part`."""
        return [body for each, path, body in self.asked if each == method and part in path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    there: ClassVar[Front]

    def handle_all(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        body = _json(data)
        self.there.asked.append((self.command, path, body))
        answer = self.there.interfere(self.command, path) or self._own(path)
        if answer is CUT:
            self.close_connection = True
            self.connection.close()
            return
        status, headers, told = answer or self.there.instead(self.command, path, body) or self._forwarded(data)
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        length = headers.pop("Content-Length", str(len(content)))
        for name, value in {**headers, "Content-Length": length}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_PATCH = do_POST = do_DELETE = do_HEAD = handle_all  # noqa: N815  the base class's names

    def _own(self, path: str) -> Answer | None:
        if path.startswith(("/blobs/", "/metadata/")):
            return None
        if self.headers.get("Authorization") != f"Bearer {self.there.accepted}":
            error = {"code": "ExpiredAuthenticationToken", "message": "The access token has expired."}
            return _UNAUTHORIZED, {}, {"error": error}
        if path.endswith("/vmSizes"):
            return 200, {}, {"value": self.there.sizes}
        return (200, {}, {"value": self.there.usages}) if path.endswith("/usages") else None

    def _forwarded(self, data: bytes) -> Answer:
        headers = {"Host": self.headers["Host"], "Authorization": f"Bearer {self.there.token}"}
        headers |= {
            key: value
            for key, value in self.headers.items()
            if key.lower().startswith(("content-type", "x-ms-", "if-"))
        }
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
        kept = {key: self._here(value) for key, value in kept.items()}
        return answer.status, kept, self._here(answer.data.decode("latin-1")).encode("latin-1")

    def _here(self, text: str) -> str:
        """Addresses of the control plane, which are built from the Host header, with the front's own scheme."""
        host = self.headers["Host"]
        return text.replace(f"https://{host}", f"http://{host}").replace(f"http://{host}", self.there.url)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        pass


@contextmanager
def front(plane: Client, token: str, certificate: Path | None = None) -> Iterator[Front]:
    """Listen on loopback; over TLS with a certificate."""
    there = Front(plane, token)
    handler = type("Handler", (_Handler,), {"there": there})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        there.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
        yield there
        server.shutdown()
        thread.join()


def _json(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None
