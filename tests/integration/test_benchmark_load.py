"""The bench's load generator in Python, for machines without wrk."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from benchmarks.load_python import main, percentile
from benchmarks.subject import BODY

if TYPE_CHECKING:
    from collections.abc import Iterator


class Echo(BaseHTTPRequestHandler):
    """Answers 200 to the bench's body, 500 to any other; keeps the connection or not, as the path says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if body == BODY and self.path != "/fails" else 500)
        self.send_header("Content-Length", "2")
        if self.path == "/closes":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Print nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """A small HTTP server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/keeps", "/closes"])
def test_requests_are_answered_and_counted(url: str, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether the server keeps connections or closes each, answers are counted and none is an error."""
    assert main(url + path, 2, 0.2) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["requests"] > 2
    assert told["errors"] == 0
    assert 0 < told["p50_ms"] <= told["p99_ms"]


def test_an_answer_that_is_not_2xx_is_an_error(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that fails fast does not look fast."""
    main(url + "/fails", 1, 0.1)
    told = json.loads(capsys.readouterr().out)
    assert told["requests"] == 0
    assert told["errors"] > 0


def test_a_percentile_is_a_measured_value() -> None:
    """No value is made up between two measured ones, and of nothing it is 0."""
    assert [percentile([1.0, 2.0, 3.0, 4.0], share) for share in (0.0, 0.5, 0.99)] == [1.0, 3.0, 4.0]
    assert percentile([], 0.5) == 0.0
