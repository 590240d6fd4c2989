from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING

import pytest

from devkit.golden.replay import ReplayTarget, replay
from devkit.golden.requests import Answer, Golden, GoldenRequest
from devkit.golden.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator


class Echo(BaseHTTPRequestHandler):
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


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def asking(number: int) -> Golden:
    answer = {"asked": {"x": 1}, "path": "/score?v=1", "key": "Bearer k", "deployment": "blue", "number": number}
    request = GoldenRequest(path="/score?v=1", body={"x": 1})
    return Golden("echo", request, Answer(body=answer), Rules())


def test_a_replay_asks_and_judges(address: str) -> None:
    """Body, path, key and deployment arrive; the pieces of the answer are joined before they are compared."""
    [verdict] = replay([asking(-1)], ReplayTarget(address + "/", key="k", deployment="blue"))
    [failure] = verdict.failures
    assert failure.startswith("$.number: -1 became ")
    assert verdict.latency_ms is not None


def test_asked_twice_what_changes_by_itself_does_not_count(address: str) -> None:
    """With noise detection the growing number is told as unstable, and the request passes."""
    [verdict] = replay([asking(-1)], ReplayTarget(address, key="k", deployment="blue"), noise=True)
    assert verdict.passed
    assert verdict.unstable[0].startswith("$.number: -1 became ")


def test_a_server_that_is_not_there_is_a_failure_and_no_traceback() -> None:
    """Every request gets a verdict, whatever happens to the connection."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        port = server.server_address[1]
    [verdict] = replay([asking(0)], ReplayTarget(f"http://127.0.0.1:{port}"))
    assert "refused" in verdict.failures[0]
    assert verdict.latency_ms is None


def test_the_key_is_not_shown() -> None:
    """A target that ends up in a log or a traceback keeps its key to itself."""
    assert "secret" not in repr(ReplayTarget("http://localhost", key="secret"))
