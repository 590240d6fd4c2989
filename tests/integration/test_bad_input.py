"""What clients and scripts do wrong: there is an answer as docs/limits.md says, and the next request is served too."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

import pytest

from inference_server.servers.granian_worker import CAPACITY
from tests.support.server import eventually, metric, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.server import RunningServer

SCRIPT = """
import json, os, sys

def init():
    pass

def nest(depth):
    return nest(depth + 1)

def hoard():
    import resource
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**26, resource.RLIM_INFINITY))
    try:
        return bytearray(2**30)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

def run(data):
    if len(data) > 100_000_000:
        return len(data)
    order = json.loads(data)
    if not isinstance(order, dict):
        return "read"
    if "leave" in order:
        sys.exit(order["leave"])
    if "exit" in order:
        os._exit(order["exit"])
    if "nest" in order:
        return nest(0)
    if "hoard" in order:
        return len(hoard())
    return order
"""

HEAD = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(SCRIPT, cwd=tmp_path_factory.mktemp("bad_input")) as running:
        yield running


@pytest.fixture(autouse=True)
def _the_next_request_is_answered(server: RunningServer) -> Iterator[None]:
    """After every case: an ordinary request is answered, quickly, and nothing is left under way."""
    yield
    begun = time.monotonic()
    answer = server.score({"y": 1})
    assert (answer.status, answer.json) == (200, {"y": 1}), server.log
    assert time.monotonic() - begun < 5
    eventually(lambda: in_flight(server) <= 1, "nothing is under way but this question")


def in_flight(server: RunningServer) -> float:
    return metric(server.get("/metrics").text, "infsrv_requests_in_flight")


def connect(server: RunningServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def status_of(connection: socket.socket) -> int:
    received = b""
    while b"\r\n" not in received:
        piece = connection.recv(4096)
        assert piece, f"closed after {received!r}"
        received += piece
    return int(received.split(b" ", 2)[1])


def livez_seconds(server: RunningServer) -> float:
    begun = time.monotonic()
    assert server.get("/livez").status == 200
    return time.monotonic() - begun


def test_a_body_of_200_mb_is_answered(server: RunningServer) -> None:
    """There is no limit of the server's own: the script gets all of it."""
    answer = server.request("POST", "/score", b"1" * 200_000_000)
    assert (answer.status, answer.text) == (200, "200000000")


def test_a_header_of_1_mb_is_refused(server: RunningServer) -> None:
    """Above some 400 kB of headers the answer is 431, and the connection is closed."""
    with connect(server) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(HEAD + b"X-Long: " + b"a" * 1_000_000 + b"\r\n\r\n")
        assert status_of(connection) == 431


def test_a_body_that_is_not_utf_8(server: RunningServer) -> None:
    """The client is told so; its fault is not the script's."""
    answer = server.request("POST", "/score", b'{"y": "\xff\xfe"}')
    assert answer.status in {400, 500}
    assert "message" in answer.json


def test_headers_and_paths_that_are_not_utf_8(server: RunningServer) -> None:
    """Bytes of any kind in a header or a path reach no code that fails on them."""
    with connect(server) as connection:
        connection.sendall(HEAD + b"X-Odd: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}")
        assert status_of(connection) == 200
    with connect(server) as connection:
        connection.sendall(b"GET /%ff%fe?%ff=%fe HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status_of(connection) == 404


@pytest.mark.parametrize(
    "head", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 99]
)
def test_what_is_no_http_is_refused(server: RunningServer, head: bytes) -> None:
    """TLS to the plain port, a broken request line, noise: 400 or a closed connection."""
    with connect(server) as connection:
        connection.sendall(head + b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            received = connection.recv(4096)
            assert received == b"" or b" 400 " in received or b" 505 " in received


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        b"9" * 1_000_000,
        b'{"a": 1e999999999}',
        b'"' + b"\\u0041" * 1_000_000 + b'"',
    ],
    ids=["deep list", "deep object", "long number", "huge exponent", "escapes"],
)
def test_json_bombs(server: RunningServer, body: bytes) -> None:
    """What the script's json.loads() refuses is its failure, told as such; the process lives on."""
    answer = server.request("POST", "/score", body)
    assert answer.status in {200, 500}


@pytest.mark.parametrize("length", [b"-1", b"abc", b"99999999999999999999999999", b"1, 2"])
def test_a_content_length_that_is_none(server: RunningServer, length: bytes) -> None:
    """A length that cannot be is refused before anything is read."""
    with connect(server) as connection:
        connection.sendall(HEAD + b"Content-Length: " + length + b"\r\n\r\n{}")
        assert status_of(connection) == 400


def test_a_client_that_sends_byte_by_byte(server: RunningServer) -> None:
    """However slowly a request comes in, it is answered when it is whole."""
    with connect(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in HEAD + b'Content-Length: 8\r\n\r\n{"y": 1}':
            connection.sendall(bytes([byte]))
            time.sleep(0.001)
        assert status_of(connection) == 200


def test_half_sent_bodies_leave_threads_for_health(server: RunningServer) -> None:
    """As many slow bodies as there are threads, less one: probes answer within a second, more scoring is told to wait.

    When the clients have gone everything is as before.
    """
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connect(server)) for _ in range(CAPACITY - 1)]
        for connection in slow:
            connection.sendall(HEAD + b"Content-Length: 10\r\n\r\n{")
        eventually(lambda: server.score({}).status == 503, "the server holds as many requests as it can")
        refused = server.score({"y": 1})
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert "message" in refused.json
        assert max(livez_seconds(server) for _ in range(10)) < 1
        assert server.get("/readyz").status == 200
        slow[0].sendall(b'"y": 123}'[:9])
        assert status_of(slow[0]) == 200
    eventually(lambda: server.score({}).status == 200, "the threads are free again")


def test_a_client_that_leaves_in_mid_body(server: RunningServer) -> None:
    """A body that ends too early, by a close or a reset, holds no thread."""
    for _ in range(20):
        with connect(server) as connection:
            connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
    for _ in range(20):
        connection = connect(server)
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def test_a_client_that_leaves_before_the_answer(server: RunningServer) -> None:
    """run() goes on to its end; its answer is thrown away."""
    for _ in range(20):
        with connect(server) as connection:
            connection.sendall(HEAD + b'Content-Length: 8\r\n\r\n{"y": 1}')


def test_a_thousand_idle_connections(server: RunningServer) -> None:
    """Open connections that say nothing hold no thread and delay nobody."""
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(connect(server))
        assert livez_seconds(server) < 1
        begun = time.monotonic()
        assert server.score({"y": 1}).status == 200
        assert time.monotonic() - begun < 1


@pytest.mark.parametrize("order", ["leave", "nest"])
def test_a_script_that_raises_what_no_except_exception_expects(server: RunningServer, order: str) -> None:
    """sys.exit() and endless recursion in run() cost one request, 500, and no worker."""
    before = server.worker_pids()
    answer = server.score({order: 1})
    assert answer.status == 500
    assert "message" in answer.json
    assert server.worker_pids() == before


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS works on Linux only")
def test_a_script_out_of_memory(server: RunningServer) -> None:
    """A MemoryError costs one request, 500, and no worker."""
    before = server.worker_pids()
    assert server.score({"hoard": 1}).status == 500
    assert server.worker_pids() == before


def test_a_script_that_ends_its_process(server: RunningServer) -> None:
    """os._exit() in run() cuts the connection; a new worker answers the next request."""
    with pytest.raises(ConnectionError):
        server.score({"exit": 3})


def test_pipelined_requests_are_answered_in_order(server: RunningServer) -> None:
    """Three requests sent at once on one connection get three answers."""
    body = json.dumps({"y": 1}).encode()
    with connect(server) as connection:
        connection.sendall((HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body) * 3)
        received = b""
        while received.count(b'{"y": 1}') < 3:
            piece = connection.recv(4096)
            assert piece, received
            received += piece
