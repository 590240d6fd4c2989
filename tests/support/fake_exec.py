"""The answer to `pods/exec` over a WebSocket, by Kubernetes' protocol v5.channel.k8s.io: a channel's number first."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
_LONG = 126
_STDOUT, _STATUS = b"\x01", b"\x03"


def answer_exec(handler: BaseHTTPRequestHandler, code: int, output: str) -> None:
    """Accept the WebSocket, send what the command printed and how it ended, and wait until the client leaves."""
    key = handler.headers["Sec-WebSocket-Key"] + _MAGIC
    handler.send_response(101)
    handler.send_header("Upgrade", "websocket")
    handler.send_header("Connection", "Upgrade")
    handler.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())  # noqa: S324  RFC 6455's
    handler.send_header("Sec-WebSocket-Protocol", "v5.channel.k8s.io")
    handler.end_headers()
    handler.close_connection = True
    _send(handler, _STDOUT + output.encode())
    _send(handler, _STATUS + json.dumps(_status(code)).encode())
    with suppress(TimeoutError):
        handler.rfile.read(1)  # its close frame


def _status(code: int) -> dict[str, Any]:
    if not code:
        return {"metadata": {}, "status": "Success"}
    cause = {"reason": "ExitCode", "message": str(code)}
    return {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": [cause]}}


def _send(handler: BaseHTTPRequestHandler, payload: bytes) -> None:
    """A frame of bytes, its length as short as it can be told."""
    size = len(payload)
    length = bytes([size]) if size < _LONG else b"\x7e" + struct.pack(">H", size)
    handler.wfile.write(b"\x82" + length + payload)
    handler.wfile.flush()
