from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from devkit.golden.replay import ReplayTarget
from devkit.golden.requests import Answer, Golden, GoldenRequest
from devkit.golden.rules import Rules
from devkit.promote.targets.base import Observed
from devkit.promote.watching import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Golden("one", GoldenRequest(body=1), Answer(body=42), Rules())
NAMED = "azureml-model-deployment"


@contextmanager
def endpoint(shared: tuple[int, Any, str | None], green: tuple[int, Any] = (200, 42)) -> Iterator[str]:
    """What the traffic gets: status, body and who says to have answered; green is asked by its name."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body, name = (*green, "green") if self.headers.get(NAMED) == "green" else shared
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if name:
                self.send_header(NAMED, name)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        ((200, 42, "green"), Observed(6, 0)),
        ((200, 42, "blue"), Observed(3, 0)),
        ((500, "oh", "blue"), Observed(3, 0)),
        ((200, 43, "green"), Observed(6, 3)),
        ((200, 43, None), Observed(3, 0)),
        ((503, "no", None), Observed(6, 3)),
        ((424, "no", None), Observed(6, 3)),
    ],
)
def test_what_the_endpoint_answers(shared: tuple[int, Any, str | None], expected: Observed) -> None:
    """An answer of the endpoint counts when the new deployment gave it, or when no deployment gave any."""
    with endpoint(shared) as url:
        assert Sample([GOLDEN], ReplayTarget(url, deployment="green")).look() == expected


def test_what_the_deployment_answers() -> None:
    """Asked by its name the new deployment is judged by every answer, and the first failure is kept to be told."""
    with endpoint((200, 42, "blue"), (500, "oh")) as url:
        sample = Sample([GOLDEN], ReplayTarget(url, deployment="green"))
        assert sample.look() == Observed(3, 3)
        assert sample.look() == Observed(6, 6)
    assert sample.sent == 12
    assert sample.first_failure.startswith("one: status 200 became 500")


def test_nobody_answers() -> None:
    """An endpoint that cannot be reached counts as failed."""
    with endpoint((200, 42, "green")) as url:
        pass
    assert Sample([GOLDEN], ReplayTarget(url, deployment="green")).look() == Observed(6, 6)


def test_every_golden_request_has_its_turn() -> None:
    """Many golden requests are sent a few at a time, one after the other."""
    bad = [Golden(str(n), GoldenRequest(body=n), Answer(body=n), Rules()) for n in (42, 42, 42, 7)]
    with endpoint((200, 42, "blue")) as url:
        sample = Sample(bad, ReplayTarget(url, deployment="green"))
        assert sample.look() == Observed(3, 0)
        assert sample.look() == Observed(6, 1)
    assert sample.first_failure.startswith("7: ")
