"""A newer text wins: what is being checked is given up between two rules, pushed or pulled."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devkit.checks import runner
from devkit.checks.catalogue import Rule
from devkit.spec.findings import Severity
from lsp import server
from lsp.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding

pytestmark = pytest.mark.asyncio

PATIENCE = 60.0
OLD, NEW = "name: old\nendpoint_name: shop\n", "name: new\nendpoint_name: shop\n"
SERVER_CANCELLED = -32802


class Session:
    """An editor and the server in one process, without a pipe between them."""

    def __init__(self, folder: Path, **capabilities: Any) -> None:
        self.server = Server()
        self.server.protocol.set_writer(self)  # type: ignore[arg-type]  it only writes
        self.uri = (folder / "blue-deployment.yml").as_uri()
        self.told: list[dict[str, Any]] = []
        parameters = {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities}
        self.send(id="initialize", method="initialize", params=parameters)

    def write(self, data: bytes) -> None:
        """Take what the server says."""
        self.told.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    def send(self, **message: Any) -> None:
        """Say something to the server."""
        protocol = self.server.protocol
        text = json.dumps({"jsonrpc": "2.0", **message})
        protocol.handle_message(json.loads(text, object_hook=protocol.structure_message))

    def open(self, text: str) -> None:
        """Open the document as version 1."""
        item = {"uri": self.uri, "languageId": "yaml", "version": 1, "text": text}
        self.send(method="textDocument/didOpen", params={"textDocument": item})

    def change(self, text: str) -> None:
        """Type version 2."""
        document = {"uri": self.uri, "version": 2}
        self.send(
            method="textDocument/didChange", params={"textDocument": document, "contentChanges": [{"text": text}]}
        )

    def pushed(self) -> list[dict[str, Any]]:
        """The diagnostics that were pushed."""
        return [each["params"] for each in self.told if each.get("method") == "textDocument/publishDiagnostics"]

    def answer(self, number: str) -> dict[str, Any] | None:
        """The answer to a request, once it is there."""
        return next((each for each in self.told if each.get("id") == number and "method" not in each), None)


@dataclass
class Standing:
    """Two rules: the first stands still in the old text until it is let go, the second notes what it is given."""

    entered: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    reached: list[str | None] = field(default_factory=list)

    def first(self, _: Rule, subject: Subject) -> list[Finding]:
        """Stand in the old text."""
        if subject.text("name") == "old":
            self.entered.set()
            self.let_go.wait(PATIENCE)
        return []

    def second(self, _: Rule, subject: Subject) -> list[Finding]:
        """Note the document's name."""
        self.reached.append(subject.text("name"))
        return []

    def rules(self) -> tuple[Rule, ...]:
        """Both, as the catalogue has them."""
        checks = (("DK001", self.first), ("DK002", self.second))
        return tuple(Rule(code, code, Severity.HINT, "", "", "schema", False, check) for code, check in checks)


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standing]:
    """The rules of a test; nobody stands still after it."""
    made = Standing()
    monkeypatch.setattr(runner, "all_rules", made.rules)
    yield made
    made.let_go.set()


async def _until(happened: Callable[[], object], what: str) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not happened():
        assert asyncio.get_running_loop().time() < deadline, what
        await asyncio.sleep(0.01)


async def test_the_check_of_an_older_text_ends_at_the_next_rule(tmp_path: Path, standing: Standing) -> None:
    """A change while its document is checked: the check goes no further, and only the newer version is told."""
    session = Session(tmp_path)
    session.open(OLD)
    await _until(standing.entered.is_set, "a check of the old text")
    session.change(NEW)
    standing.let_go.set()
    await _until(session.pushed, "diagnostics")
    assert standing.reached == ["new"]
    assert [each["version"] for each in session.pushed()] == [2]
    session.server.end()


async def test_a_pull_of_an_older_text_is_answered_with_ask_again(tmp_path: Path, standing: Standing) -> None:
    """A pull whose document changes meanwhile ends at the next rule, as one that the editor is to send again."""
    session = Session(tmp_path, textDocument={"diagnostic": {}})
    pulled = {"method": "textDocument/diagnostic", "params": {"textDocument": {"uri": session.uri}}}
    session.open(OLD)
    session.send(id="old", **pulled)
    session.send(id="all", method="workspace/diagnostic", params={"previousResultIds": []})
    await _until(standing.entered.is_set, "a check of the old text")
    session.change(NEW)
    session.send(id="new", **pulled)
    standing.let_go.set()
    await _until(lambda: session.answer("new"), "an answer")
    for number in ("old", "all"):
        error = (session.answer(number) or {})["error"]
        assert (error["code"], error["data"]) == (SERVER_CANCELLED, {"retriggerRequest": True})
    assert (session.answer("new") or {})["result"]["kind"] == "full"
    assert standing.reached == ["new"]
    session.server.end()


async def test_a_pull_that_is_taken_back_is_checked_no_further(tmp_path: Path, standing: Standing) -> None:
    """A cancelled pull is answered at once, and its check leaves the turn to the next one at the next rule."""
    session = Session(tmp_path, textDocument={"diagnostic": {}})
    pulled = {"method": "textDocument/diagnostic", "params": {"textDocument": {"uri": session.uri}}}
    session.open(OLD)
    session.send(id="first", **pulled)
    await _until(standing.entered.is_set, "a check")
    session.send(method="$/cancelRequest", params={"id": "first"})
    await _until(lambda: session.answer("first"), "an answer, while the rule still stands")
    session.send(id="second", **pulled)
    standing.let_go.set()
    await _until(lambda: session.answer("second"), "an answer")
    assert standing.reached == ["old"]
    session.server.end()


async def test_a_pull_goes_on_when_another_document_changes(tmp_path: Path, standing: Standing) -> None:
    """What is typed elsewhere takes no answer away: the editor is told of it by a refresh."""
    session = Session(tmp_path, textDocument={"diagnostic": {}})
    session.open(OLD)
    session.send(id="old", method="textDocument/diagnostic", params={"textDocument": {"uri": session.uri}})
    await _until(standing.entered.is_set, "a check")
    other = {"uri": Path(tmp_path / "other.yml").as_uri(), "languageId": "yaml", "version": 1, "text": "a: 1\n"}
    session.send(method="textDocument/didOpen", params={"textDocument": other})
    standing.let_go.set()
    await _until(lambda: session.answer("old"), "an answer")
    assert "result" in (session.answer("old") or {})
    assert standing.reached == ["old"]
    session.server.end()


async def test_a_pause_is_used_to_collect_what_older_texts_left(tmp_path: Path) -> None:
    """Without Python's own collector, which stops whoever types, an older text is gone soon after the last check."""
    session = Session(tmp_path)
    gc.disable()
    try:
        session.open(OLD)
        await _until(session.pushed, "diagnostics of the old text")
        old = weakref.ref(session.server.documents.snapshot.project(tmp_path / "blue-deployment.yml"))
        session.change(NEW)
        await _until(lambda: session.pushed()[-1]["version"] == 2, "diagnostics of the new text")
        await _until(lambda: old() is None, "a collection")
    finally:
        gc.enable()
    session.server.end()


async def test_getting_ready_for_answers_waits_for_the_first_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who opens a document sees its mistakes first; then, once, what answers need is imported."""
    session = Session(tmp_path)
    told_before: list[int] = []
    monkeypatch.setattr(server, "load_answers", lambda: told_before.append(len(session.pushed())))
    session.open(OLD)
    await _until(lambda: told_before, "the import")
    session.change(NEW)
    await _until(lambda: session.pushed()[-1]["version"] == 2, "diagnostics of the new text")
    assert told_before == [1]
    session.server.end()
