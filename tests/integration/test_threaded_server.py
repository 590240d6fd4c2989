from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from inference_server.servers import sockets
from inference_server.servers.threaded import ThreadedServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication


@contextmanager
def _serving(application: WSGIApplication) -> Iterator[tuple[str, int]]:
    server = ThreadedServer(sockets.bind("127.0.0.1", 0), application)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield ("127.0.0.1", server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _raw(address: tuple[str, int], data: bytes) -> Iterator[bytes]:
    """Everything the server sends to these bytes until it closes."""
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(data)
        received = b""
        while piece := client.recv(65536):
            received += piece
        yield received


def _echo(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.input"].read() if environ["REQUEST_METHOD"] != "PUT" else b"unread"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    with _serving(_echo) as address:
        yield address


def test_one_connection_carries_many_requests(echo: tuple[str, int]) -> None:
    """HTTP/1.1 connections stay open between requests."""
    connection = http.client.HTTPConnection(*echo, timeout=10)
    connection.connect()
    first = connection.sock
    for number in range(3):
        connection.request("POST", "/", body=b"body %d" % number)
        assert connection.getresponse().read() == b"body %d" % number
        assert connection.sock is first
    connection.close()


def test_a_body_that_the_application_left_unread_is_not_taken_for_the_next_request(echo: tuple[str, int]) -> None:
    """After an unread body the same connection answers the next request."""
    connection = http.client.HTTPConnection(*echo, timeout=10)
    connection.request("PUT", "/", body=b"GET /smuggled HTTP/1.1\r\n\r\n")
    assert connection.getresponse().read() == b"unread"
    connection.request("POST", "/", body=b"next")
    assert connection.getresponse().read() == b"next"
    connection.close()


def test_a_large_unread_body_gets_its_answer_before_the_connection_closes(echo: tuple[str, int]) -> None:
    """A client that is still sending megabytes sees the answer, not a reset."""
    connection = http.client.HTTPConnection(*echo, timeout=10)
    connection.request("PUT", "/", body=b"x" * 20_000_000)
    assert connection.getresponse().read() == b"unread"
    connection.close()


def test_a_chunked_body_is_read_whole_and_keeps_the_connection(echo: tuple[str, int]) -> None:
    """Chunked request bodies arrive joined, and the next request on the connection is understood."""
    connection = http.client.HTTPConnection(*echo, timeout=10)
    for _ in range(2):
        connection.request("POST", "/", body=iter([b"one,", b"two"]), encode_chunked=True)
        assert connection.getresponse().read() == b"one,two"
    connection.close()


def test_a_generator_is_streamed_piece_by_piece() -> None:
    """The first piece of a streamed answer arrives while the second is not made yet."""
    go_on = threading.Event()

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        def pieces() -> Iterator[bytes]:
            yield b"first"
            assert go_on.wait(10)
            yield b"second"

        start_response("200 OK", [("Content-Type", "text/plain")])
        return pieces()

    with _serving(application) as address:
        connection = http.client.HTTPConnection(*address, timeout=10)
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.getheader("Transfer-Encoding") == "chunked"
        assert response.read1() == b"first"
        go_on.set()
        assert response.read() == b"second"
        connection.close()


def test_a_stream_that_fails_half_way_is_cut_short() -> None:
    """The client of a failing stream sees an incomplete answer, never one that looks whole."""

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        yield b"first"
        raise ValueError("half-way")

    with _serving(application) as address:
        connection = http.client.HTTPConnection(*address, timeout=10)
        connection.request("GET", "/")
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()
        connection.close()


def test_an_application_that_raises_is_answered_500() -> None:
    """An error of the application is a JSON 500, and the server goes on."""

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        raise ValueError("broken")

    with _serving(application) as address:
        for _ in range(2):
            connection = http.client.HTTPConnection(*address, timeout=10)
            connection.request("GET", "/")
            response = connection.getresponse()
            assert response.status == 500
            assert "message" in json.loads(response.read())
            connection.close()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: five\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nX-Big: " + b"a" * 1_000_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/2.0\r\n\r\n", b"505"),
    ],
    ids=["no request", "negative length", "worded length", "long line", "1 MB header", "200 headers", "HTTP/2"],
)
def test_what_is_not_http_is_refused_with_a_json_message(
    echo: tuple[str, int], request_bytes: bytes, status: bytes
) -> None:
    """A request that cannot be parsed gets the status of its fault and the message shape of every other error."""
    with _raw(echo, request_bytes) as received:
        head, _, body = received.partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert "message" in json.loads(body)


def test_http_1_0_gets_no_chunks_and_a_closed_connection() -> None:
    """A client of HTTP/1.0 reads a stream until the end of the connection."""

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b"one", b"two"]

    with _serving(application) as address, _raw(address, b"GET / HTTP/1.0\r\n\r\n") as received:
        head, _, body = received.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert body == b"onetwo"


def test_head_is_answered_without_a_body_and_keeps_the_connection(echo: tuple[str, int]) -> None:
    """HEAD sends the headers only; bytes of a body would be read as the next answer."""
    two = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    with _raw(echo, two) as received:
        answers = received.split(b"HTTP/1.1 200 OK\r\n")
    assert len(answers) == 3
    assert answers[1].endswith(b"\r\n\r\n")
    assert answers[2].endswith(b"\r\n\r\nok")


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(echo: tuple[str, int]) -> None:
    """A client like curl waits a second for this with bodies over 1 MB."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    with _raw(echo, head + b"ok") as received:
        pass
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_a_client_that_leaves_does_not_disturb_the_next(echo: tuple[str, int]) -> None:
    """A connection dropped in mid-body or before its answer is forgotten."""
    for half in (b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf", b"POST / HT", b""):
        socket.create_connection(echo, timeout=10).close()
        with socket.create_connection(echo, timeout=10) as client:
            client.sendall(half)
    connection = http.client.HTTPConnection(*echo, timeout=10)
    connection.request("POST", "/", body=b"still here")
    assert connection.getresponse().read() == b"still here"
    connection.close()


def test_a_slow_client_does_not_keep_others_waiting(echo: tuple[str, int]) -> None:
    """While twenty bodies hang half-sent, another request is answered."""
    slow = [socket.create_connection(echo, timeout=10) for _ in range(20)]
    for client in slow:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
    connection = http.client.HTTPConnection(*echo, timeout=10)
    connection.request("POST", "/", body=b"quick")
    assert connection.getresponse().read() == b"quick"
    connection.close()
    for client in slow:
        client.close()


def test_both_framings_at_once_are_read_as_chunks_and_the_connection_closes(echo: tuple[str, int]) -> None:
    """Content-Length beside chunked is the shape of request smuggling: nothing behind it is read."""
    both = b"POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    with _raw(echo, both + b"GET / HTTP/1.1\r\n\r\n") as received:
        pass
    assert received.count(b"HTTP/1.1 200") == 1
    assert received.endswith(b"ok")
