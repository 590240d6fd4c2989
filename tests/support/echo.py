"""A server that answers with what it was asked."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["echoing"]


class _Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked, in two chunks; with a number that grows."""

    numbers = count()
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Say what was asked."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        answer = {
            "asked": json.loads(body or "null"),
            "path": self.path,
            "key": self.headers.get("authorization"),
            "deployment": self.headers.get("azureml-model-deployment"),
            "number": next(self.numbers),
        }
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        content = json.dumps(answer).encode()
        for piece in (content[:10], content[10:], b""):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@contextmanager
def echoing() -> Iterator[str]:
    """Its address, while it runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
