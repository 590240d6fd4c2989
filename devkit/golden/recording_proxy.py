"""A small proxy before any server, for one developer's requests: hands everything through and tells each exchange."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import urllib3

from devkit.golden.recording import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["RecordingProxy"]

_CHUNK: Final = 65536
_HOP: Final = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "content-length", "host"}
)
_TIMEOUT_S: Final = 300.0


class RecordingProxy(ThreadingHTTPServer):
    """Listens on the loopback interface and hands requests to one server.

    Headers go through as they are, the key with them; none of them is given to `record`.
    """

    daemon_threads = True

    def __init__(self, url: str, record: Callable[[Exchange], None], port: int = 0) -> None:
        """Listen.

        Args:
            url: scheme, host and port of the server.
            record: is given each exchange once its answer is through; from the request's thread.
            port: where to listen; a free one if 0.
        """
        super().__init__(("127.0.0.1", port), _Handler)
        self.url = url.rstrip("/")
        self.record = record
        self.pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT_S)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the midst of an answer is no error of the recording."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RecordingProxy  # pyright: ignore[reportIncompatibleVariableOverride]  nobody else makes one

    def __getattr__(self, name: str) -> Any:
        """Every method is handed through."""
        if name.startswith("do_"):
            return self._hand_through
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """The command tells what was recorded."""

    def _hand_through(self) -> None:
        body = b"".join(self._sent())
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        try:
            answer = self.server.pool.request(
                self.command,
                self.server.url + self.path,
                body=body or None,
                headers=headers,
                preload_content=False,
                redirect=False,
                decode_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            self.send_error(502, "The server did not answer", str(error))
            return
        self._answer(answer, body)

    def _answer(self, answer: urllib3.BaseHTTPResponse, body: bytes) -> None:
        self.send_response(answer.status, answer.reason)
        for name, value in answer.headers.items():
            if name.lower() not in _HOP - {"content-length"}:
                self.send_header(name, value)
        chunked = "content-length" not in {name.lower() for name in answer.headers} and self.command != "HEAD"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        received = b"".join(self._passing_on(answer, chunked=chunked))
        answer.release_conn()
        self._record(answer, body, received)

    def _passing_on(self, answer: urllib3.BaseHTTPResponse, *, chunked: bool) -> Iterator[bytes]:
        """Each piece as it comes: a stream stays one."""
        while piece := answer.read1(_CHUNK):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            self.wfile.flush()
            yield piece
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _record(self, answer: urllib3.BaseHTTPResponse, body: bytes, received: bytes) -> None:
        if self.command in {"GET", "HEAD", "OPTIONS"} or "content-encoding" in answer.headers:
            return  # probes and browsers; and what is compressed is not what is compared
        kind = answer.headers.get("Content-Type", "")
        sent = self.headers.get("Content-Type", "")
        self.server.record(Exchange(self.command, self.path, sent, body, kind, received, status=answer.status))

    def _sent(self) -> Iterator[bytes]:
        """The request's body, also of a client that streams it."""
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
