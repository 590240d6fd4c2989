from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from lsp.stdio import read_messages

if TYPE_CHECKING:
    from pygls.protocol import JsonRPCProtocol


class Heard:
    """Stands for the protocol: keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def structure_message(self, data: dict[str, Any]) -> dict[str, Any]:
        """Leave an object as it is."""
        return data

    def handle_message(self, message: dict[str, Any]) -> None:
        """Keep a message; `exit` ends the session as ours does."""
        self.messages.append(message)
        if message["method"] == "exit":
            raise SystemExit


def framed(method: str) -> bytes:
    body = b'{"method": "%b"}' % method.encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def heard(*pieces: bytes, stays: bool = False) -> list[str]:
    """What arrives of pieces that are written one after the other; then the editor goes away, or `stays`."""
    read, written = os.pipe()
    protocol = Heard()

    def write() -> None:
        for piece in pieces:
            os.write(written, piece)
        if not stays:
            os.close(written)

    editor = threading.Thread(target=write)
    with os.fdopen(read, "rb") as stdin:
        editor.start()
        with contextlib.suppress(SystemExit):
            asyncio.run(read_messages(cast("JsonRPCProtocol", protocol), stdin))
        editor.join()
        if stays:
            os.close(written)
    return [str(message["method"]) for message in protocol.messages]


def test_messages_arrive_whole_however_they_are_cut() -> None:
    """A pipe gives bytes as it likes: half a header, or three messages at once."""
    stream = framed("one") + framed("two") + framed("three")
    assert heard(stream) == ["one", "two", "three"]
    assert heard(*(stream[at : at + 5] for at in range(0, len(stream), 5))) == ["one", "two", "three"]


@pytest.mark.parametrize("rest", [b"", b"Content-Len", b"Content-Length: 50\r\n\r\n{"])
def test_an_editor_that_goes_away_ends_the_session(rest: bytes) -> None:
    """Between two messages, in a header or in a body: what was whole is heard, and nothing is raised."""
    assert heard(framed("one") + rest) == ["one"]


def test_exit_ends_a_session_whose_editor_stays() -> None:
    """`exit` waits for no further byte."""
    assert heard(framed("exit"), stays=True) == ["exit"]
