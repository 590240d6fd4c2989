"""A WSGI server with one thread a connection: plain threads are what a debugger follows best.

Werkzeug parses requests and makes the environ. Its own server closes every connection after one answer; this one keeps
HTTP/1.1 connections open, which needs care with bodies that the application did not read.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import logging
import socket
import socketserver
import sys
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler

from inference_server.streaming import StreamCut

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import BinaryIO, TypeAlias

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

__all__ = ["ThreadedServer"]

_log = logging.getLogger("azmlinfsrv")

_IDLE_SECONDS = 75.0
"""How long a connection may say nothing; nginx's keepalive_timeout by default."""

_DRAIN_BYTES = 64 * 1024
"""An unread rest up to this size is read away to keep the connection; above it the connection is closed."""

_LINGER_BYTES = 256 * 1024 * 1024
_LINGER_SECONDS = 2.0
"""Bounds of reading away what a client still sends after its answer: closing at once would reset the connection,
and the client would see the reset instead of the answer."""

_JOIN_BYTES = 64 * 1024
"""Head and first piece up to this size leave in one packet; a longer piece is not worth the copy."""

_OUT_OF_DESCRIPTORS = {errno.EMFILE, errno.ENFILE}
_BODYLESS = {"204", "304"}


class ThreadedServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves ``application`` on a socket that already listens."""

    daemon_threads = True
    multithread = True
    multiprocess = False
    ssl_context = None

    def __init__(self, listener: socket.socket, application: WSGIApplication) -> None:
        address = listener.getsockname()
        super().__init__(address, _Connection, bind_and_activate=False)
        self.socket.close()  # the one that TCPServer made, never bound
        self.socket = listener
        self.server_address = address
        self.app = application

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; out of descriptors, wait a little instead of spinning."""
        try:
            connection, address = super().get_request()
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS:
                time.sleep(0.05)
            raise
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Say that no more comes, read away what still arrives, then close."""
        deadline = time.monotonic() + _LINGER_SECONDS
        left = _LINGER_BYTES
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            while left > 0 and (wait := deadline - time.monotonic()) > 0:
                request.settimeout(wait)
                received = len(request.recv(_DRAIN_BYTES))
                left = left - received if received else 0
        self.close_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Log what a connection's thread died of; the others go on."""
        del request
        _log.error("The connection of %s ended with an error", client_address, exc_info=sys.exc_info())


class _Connection(WSGIRequestHandler):
    """One client's connection, request after request."""

    server: ThreadedServer  # type: ignore[assignment]  # has what werkzeug's handler asks of its own server
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer the request that was parsed; http.server calls it for every method."""
        length = _content_length(self.headers.get("Content-Length", "0"))
        if length is None:
            self.send_error(HTTPStatus.BAD_REQUEST, "The Content-Length header is not a number of bytes.")
            return
        environ = self.make_environ()
        if not environ.get("wsgi.input_terminated"):  # set by werkzeug around a chunked body
            environ["wsgi.input"] = _LengthBody(self.rfile, length)
        elif "Content-Length" in self.headers:  # two framings in one request: RFC 9112 6.3 asks to close after it
            self.close_connection = True
        self._answer(environ)

    def _answer(self, environ: WSGIEnvironment) -> None:
        response = _Response(self)
        try:
            response.send(environ)
            self._settle(environ["wsgi.input"])
        except (ConnectionError, TimeoutError, StreamCut):  # the client has gone, or has to see that this is not all
            self.close_connection = True
        except Exception:  # noqa: BLE001  whatever the application raised: logged whole, answered 500
            _log.exception("The answer to %s %s could not be made", self.command, self.path)
            response.give_up()

    def _settle(self, body: io.RawIOBase) -> None:
        """Read away what the application left of the body; too much of it would be taken for the next request."""
        left = _DRAIN_BYTES
        while left > 0 and not self.close_connection:
            try:
                received = len(body.read(left) or b"")
            except OSError:  # a chunk that is not one, or a client that stopped sending
                received, self.close_connection = 0, True
            if not received:
                return
            left -= received
        self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what http.server itself refuses (request line, headers) in the shape of every other error."""
        del explain
        self.close_connection = True
        body = json.dumps({"message": message or HTTPStatus(code).phrase}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        self.wfile.write(self.head(f"{code} {HTTPStatus(code).phrase}", headers) + body)

    def head(self, status: str, headers: list[tuple[str, str]]) -> bytes:
        """Render the status line and the headers, with Date and Connection."""
        lines = [f"HTTP/1.1 {status}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if self.close_connection:
            lines.append("Connection: close")
        elif self.request_version == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  werkzeug's name
        """Write nothing: the access log of the application has the line."""


class _Response:
    """The answer to one request: PEP 3333's start_response and write, framed for HTTP/1.1."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._head_sent = False
        self._chunked = False
        self._bodyless = False

    def send(self, environ: WSGIEnvironment) -> None:
        """Call the application and send what it gives, each piece at once."""
        pieces = self._connection.server.app(environ, self._start)
        try:
            for piece in pieces:
                self._write(piece)
            self._write(b"", last=True)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def give_up(self) -> None:
        """Answer 500 if nothing was sent; else break off, so that the client sees an answer cut short."""
        self._connection.close_connection = True
        if not self._head_sent:
            with contextlib.suppress(OSError):
                self._connection.send_error(
                    HTTPStatus.INTERNAL_SERVER_ERROR,
                    "An unexpected internal error occurred. Check the logs for more info.",
                )

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], None]:
        if exc_info and self._head_sent and exc_info[1]:
            raise exc_info[1].with_traceback(exc_info[2])
        self._status, self._headers = status, headers
        return self._write

    def _write(self, piece: bytes, *, last: bool = False) -> None:
        head = b"" if self._head_sent else self._make_head()
        data = b"" if self._bodyless else self._frame(piece, last=last)
        if head and len(data) > _JOIN_BYTES:
            self._connection.wfile.write(head)
        else:
            data = head + data
        if data:
            self._connection.wfile.write(data)

    def _make_head(self) -> bytes:
        connection = self._connection
        self._head_sent = True
        self._bodyless = connection.command == "HEAD" or self._status[:3] in _BODYLESS
        if not self._bodyless and all(name.lower() != "content-length" for name, _ in self._headers):
            if connection.request_version == "HTTP/1.1":
                self._chunked = True
                return connection.head(self._status, [*self._headers, ("Transfer-Encoding", "chunked")])
            connection.close_connection = True  # the end of the connection is the end of the body
        return connection.head(self._status, self._headers)

    def _frame(self, piece: bytes, *, last: bool) -> bytes:
        if not self._chunked:
            return piece
        framed = b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
        return framed + b"0\r\n\r\n" if last else framed


class _LengthBody(io.RawIOBase):
    """The request's body and not a byte of the request behind it."""

    def __init__(self, stream: BinaryIO | io.BufferedIOBase, length: int) -> None:
        self._stream = stream
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def _content_length(value: str) -> int | None:
    value = value.strip()
    return int(value) if value.isascii() and value.isdigit() else None
