from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from inference_server.servers import granian_worker
from inference_server.servers.granian_worker import CAPACITY, RESERVED_THREADS, _gateway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Protocol:
    """Remembers what granian's own object would send."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 0, list[tuple[str, str]](), b""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """A whole body."""
        self.status, self.headers, self.body = status, headers, body

    def response_iter(self, status: int, headers: list[tuple[str, str]], pieces: Any) -> None:
        """A body in pieces."""
        self.status, self.headers, self.body = status, headers, b"".join(pieces)
        pieces.close()


def ask(gateway: Callable[[Any, dict[str, Any]], None], path: str = "/score") -> Protocol:
    protocol = Protocol()
    gateway(protocol, {"REQUEST_METHOD": "POST", "PATH_INFO": path})
    return protocol


def nobody() -> None:
    pytest.fail("nothing was refused")


def answering(pieces: Iterable[bytes]) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert environ["wsgi.version"] == (1, 0)
        start_response("201 Created", [("X-Path", environ["PATH_INFO"])])
        return pieces

    return application


@pytest.mark.parametrize("pieces", [[], [b"whole"], [b"in ", b"two"], (b"a tuple",), iter([b"lazy"])])
def test_what_the_application_says_is_what_granian_sends(pieces: Iterable[bytes]) -> None:
    """Status, headers and body, whether the body is a list or another iterable."""
    expected = b"lazy" if not isinstance(pieces, list | tuple) else b"".join(pieces)
    sent = ask(_gateway(answering(pieces), nobody, []))
    assert (sent.status, sent.headers, sent.body) == (201, [("X-Path", "/score")], expected)


def test_a_stream_is_closed_at_its_end() -> None:
    """PEP 3333: the server calls close(), so that the application can free what it holds."""
    ends = []

    def stream() -> Iterator[bytes]:
        try:
            yield b"piece"
        finally:
            ends.append("closed")

    ask(_gateway(answering(stream()), nobody, []))
    assert ends == ["closed"]


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, RecursionError])
def test_no_exception_reaches_granian(error: type[BaseException]) -> None:
    """Whatever the application raises is a 500 that says nothing of the inside."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise error("secret")

    sent = ask(_gateway(application, nobody, []))
    assert sent.status == 500
    assert b"secret" not in sent.body


def test_over_capacity_health_is_served_and_scoring_is_not() -> None:
    """When only the reserved threads are left, a scoring request is told to come again; a probe is answered."""
    refused: list[int] = []
    under_way: list[None] = [None] * (CAPACITY - RESERVED_THREADS)
    gateway = _gateway(answering([b"ok"]), lambda: refused.append(1), under_way)
    turned_away = ask(gateway)
    assert (turned_away.status, dict(turned_away.headers)["Retry-After"]) == (503, "1")
    assert refused == [1]
    assert ask(gateway, "/livez").status == 201
    under_way.pop()
    assert ask(gateway).status == 201
    assert len(under_way) == CAPACITY - RESERVED_THREADS - 1


def test_granian_stays_importable_for_the_script() -> None:
    """Its extension is loaded without the package; a script that imports granian gets the package whole."""
    code = (
        "import sys; from inference_server.servers.granian_worker import _import_granian\n"
        "extension = _import_granian()\n"
        "assert 'asyncio' not in sys.modules, 'the costly part was imported'\n"
        "import granian; from granian.server import Server; from granian import _granian\n"
        "assert _granian is extension"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_limits_in_the_documentation_are_the_code_s() -> None:
    """docs/limits.md names the numbers that granian_worker.py holds."""
    from pathlib import Path

    text = (Path(granian_worker.__file__).parents[2] / "docs" / "limits.md").read_text()
    assert f"more than {CAPACITY - RESERVED_THREADS} requests under way" in text
    assert f"they have {RESERVED_THREADS} threads of their own" in text
    assert f"less one ({CAPACITY - 1})" in text
