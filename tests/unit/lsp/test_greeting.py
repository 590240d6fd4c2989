from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
import pytest_lsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol.converters import get_converter

from lsp.greeting import Greeting, answer, greet
from lsp.server import Server

EDITORS = ["emacs@29.1", "neovim@0.6.1", "neovim@0.11.0", "visual_studio_code@1.65.2"]


class Written:
    """What a server writes, as messages."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def write(self, data: bytes) -> None:
        """Keep a message."""
        self.messages.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    def close(self) -> None:
        """End with the session."""


def capabilities(editor: str) -> dict[str, Any]:
    return dict(get_converter().unstructure(pytest_lsp.client_capabilities(editor)))


def initialize(capabilities: Any, **params: Any) -> dict[str, Any]:
    given = {"processId": None, "rootUri": None, "capabilities": capabilities, **params}
    return {"jsonrpc": "2.0", "id": 7, "method": "initialize", "params": given}


def framed(message: Any) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def greeted(*pieces: bytes) -> tuple[Greeting, bytes]:
    """What came of pieces that an editor writes one after the other before it goes away, and what it was told."""
    read, written = os.pipe()

    def write() -> None:
        for piece in pieces:
            os.write(written, piece)
        os.close(written)

    editor = threading.Thread(target=write)
    stdout = io.BytesIO()
    with os.fdopen(read, "rb") as stdin:
        editor.start()
        greeting = greet(stdin, stdout)
        stdin.read()  # or the editor would wait for a reader of the rest
        editor.join()
    return greeting, stdout.getvalue()


def said_by_pygls(message: dict[str, Any], greeting: Greeting | None = None) -> list[dict[str, Any]]:
    server, written = Server(), Written()
    server.protocol.set_writer(written)
    server.protocol.greeting = greeting or Greeting()
    server.protocol.handle_message(json.loads(json.dumps(message), object_hook=server.protocol.structure_message))
    server.end()
    return written.messages


@pytest.mark.parametrize("editor", EDITORS)
def test_the_first_answer_is_the_one_that_pygls_would_give(editor: str) -> None:
    """What is told before pygls is imported is what pygls makes of the features that are registered."""
    able = capabilities(editor)
    (said,) = said_by_pygls(initialize(able))
    sync = said["result"]["capabilities"]["textDocumentSync"]
    absent = {sync.pop(name, False) for name in ("willSave", "willSaveWaitUntil")}  # False is the same as not there
    assert absent == {False}
    assert answer({"capabilities": able}) == said["result"]


def test_a_first_message_is_answered_however_it_is_cut() -> None:
    """A pipe gives bytes as it likes; all of them go on to the protocol."""
    stream = framed(initialize({}))
    for pieces in ([stream], [stream[at : at + 9] for at in range(0, len(stream), 9)]):
        greeting, told = greeted(*pieces)
        assert (greeting.received, greeting.answered) == (stream, 7)
        assert json.loads(told.partition(b"\r\n\r\n")[2]) == {"jsonrpc": "2.0", "id": 7, "result": answer({})}


def test_what_came_behind_the_first_message_is_kept() -> None:
    """An editor that does not wait for the answer loses nothing."""
    stream = framed(initialize({})) + framed({"jsonrpc": "2.0", "method": "initialized", "params": {}})
    greeting, _ = greeted(stream)
    assert greeting.received == stream


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"Content-Len",
        b"Content-Length: 50\r\n\r\n{",
        b"Content-Type: x\r\n\r\n{}",
        b"Content-Length: 2\r\n\r\n\xff\xff",
        framed([1]),
        framed(initialize(3)),
        framed(initialize({}, rootUri=3)),
        framed(initialize({}, rootUri="file://[")),
        framed(initialize({}, workspaceFolders=[3])),
        framed(initialize({"general": {"positionEncodings": 8}})),
        framed({**initialize({}), "method": "shutdown"}),
        framed({**initialize({}), "id": None}),
    ],
)
def test_any_other_first_message_is_left_to_the_protocol(stream: bytes) -> None:
    """What is no `initialize`, or an odd one, is not answered here, and nothing of it is lost."""
    greeting, told = greeted(stream)
    assert (greeting, told) == (Greeting(stream), b"")


def test_the_protocol_answers_no_second_time() -> None:
    """An editor gets one answer to its `initialize`."""
    message = initialize({})
    assert said_by_pygls(message, Greeting(b"", 7, message)) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ENCODINGS = ANYTHING | st.lists(st.sampled_from(["utf-8", "utf-16", "utf-32", "utf-7"]))
ABILITIES = st.fixed_dictionaries(
    {},
    optional={
        "general": ANYTHING | st.fixed_dictionaries({"positionEncodings": ENCODINGS}),
        "textDocument": ANYTHING | st.fixed_dictionaries({"rename": ANYTHING}),
        "workspace": ANYTHING,
    },
)
NUMBERS = st.integers() | st.text()
URIS = st.text() | st.sampled_from(["file:///tmp", "file://[", "file:///%00", "untitled:1", "file:///" + "a" * 300])
FOLDERS = ANYTHING | st.lists(st.fixed_dictionaries({"uri": URIS, "name": st.text() | ANYTHING}), max_size=2)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(able=ABILITIES | ANYTHING, root=URIS | ANYTHING, folders=FOLDERS, number=NUMBERS | ANYTHING, odd=ANYTHING)
def test_the_protocol_can_read_what_was_answered(able: Any, root: Any, folders: Any, number: Any, odd: Any) -> None:
    """Whatever an editor says of itself: once it is answered, the session begins, and in the encoding it was told."""
    message = {**initialize(able, rootUri=root, workspaceFolders=folders, trace=odd), "id": number}
    stdout = io.BytesIO()
    greeting = greet(io.BytesIO(framed(message)), stdout)
    if greeting.understood is None:
        return
    server = Server()
    server.protocol.greeting = greeting
    server.protocol.handle_message(server.protocol.structure_message(message))
    server.end()
    assert server.protocol.server_capabilities
    told = json.loads(stdout.getvalue().partition(b"\r\n\r\n")[2])["result"]["capabilities"]
    assert server.documents.encoding == told["positionEncoding"]


def test_nothing_is_imported_before_the_first_answer() -> None:
    """The answer waits neither for the protocol's library nor for the event loop."""
    ask = "import sys, lsp.greeting; print(sorted({'asyncio', 'lsprotocol', 'yaml', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, check=True, timeout=60)
    assert done.stdout.strip() == b"[]"
