"""An editor's end of the Language Server Protocol: raw JSON-RPC with ``devkit lsp --stdio``, all of the wire to see.

Requests are sent and waited for; what the server sends by itself is kept in order until a test asks for it.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 30.0
"""Seconds. Generous, because test machines are slow; nothing waits for it when all is well."""

COMMAND = [sys.executable, "-c", "from devkit.cli import main; raise SystemExit(main())", "lsp", "--stdio"]

CAPABILITIES: dict[str, Any] = {
    "workspace": {
        "workspaceFolders": True,
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]},
    },
    "textDocument": {"completion": {"completionItem": {"snippetSupport": True}}},
}


class Editor:
    """One server process and the conversation with it."""

    def __init__(self, folder: Path) -> None:
        self._log = (folder / "server.log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log)
        self.notifications: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self._answers: dict[int | str, dict[str, Any]] = {}
        self._incoming: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._ids = iter(range(1, 10**9))
        threading.Thread(target=self._read, daemon=True).start()

    # The wire

    def send(self, message: dict[str, Any]) -> None:
        """Send a message as it is."""
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_bytes(self, body: bytes) -> None:
        """Send a body, whatever it is, with its header."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> int:
        """Send a request and return its id."""
        number = next(self._ids)
        self.send({"id": number, "method": method, "params": params})
        return number

    def answer(self, number: int) -> dict[str, Any]:
        """The whole answer to a request."""
        self.wait(lambda: number in self._answers, f"an answer to request {number}")
        return self._answers.pop(number)

    def request(self, method: str, params: Any = None) -> Any:
        """The result of a request; fails when it is an error."""
        answer = self.answer(self.ask(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    def error(self, method: str, params: Any = None) -> int:
        """The code of the error that a request is answered with."""
        return int(self.answer(self.ask(method, params))["error"]["code"])

    def wait(self, happened: Callable[[], bool], what: str) -> None:
        """Take messages until something has happened."""
        deadline = time.monotonic() + PATIENCE
        while not happened():
            left = deadline - time.monotonic()
            try:
                message = self._incoming.get(timeout=max(left, 0.01))
            except queue.Empty:
                raise AssertionError(f"no {what} within {PATIENCE} s; the server's log:\n{self.log()}") from None
            if message is None:
                raise AssertionError(f"the server ended before {what}; its log:\n{self.log()}")
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            self._answers[message["id"]] = message
        elif "id" in message:
            self.requests.append(message)
            self.send({"id": message["id"], "result": None})
        else:
            self.notifications.append(message)

    def _read(self) -> None:
        for message in self._messages():
            self._incoming.put(message)
        self._incoming.put(None)

    def _messages(self) -> Iterator[dict[str, Any]]:
        stdout = self.process.stdout
        assert stdout is not None
        length = 0
        while line := stdout.readline():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
            elif not line.strip() and length:
                yield json.loads(stdout.read(length))
                length = 0

    # The life of a session

    def start(self, *roots: Path, **capabilities: Any) -> dict[str, Any]:
        """Initialize with these workspace folders; the server's capabilities."""
        folders = [{"uri": root.as_uri(), "name": root.name} for root in roots]
        params = {"processId": None, "rootUri": None, "workspaceFolders": folders}
        result = self.request("initialize", {**params, "capabilities": {**CAPABILITIES, **capabilities}})
        self.notify("initialized", {})
        return dict(result["capabilities"])

    def end(self) -> int:
        """Shut the server down as editors do; its exit code."""
        if self.process.poll() is None:
            self.request("shutdown")
            self.notify("exit")
        return self.wait_for_exit()

    def wait_for_exit(self) -> int:
        """The exit code of a server that has been told to end."""
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End the process, however it is."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self._log):
            if stream is not None:
                stream.close()

    def log(self) -> str:
        """What the server has written to stderr."""
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    # Documents

    def open(self, path: Path | str, text: str | None = None, version: int = 1, language: str = "yaml") -> str:
        """Open a document, by default with its text on the disk; its URI."""
        uri = path if isinstance(path, str) else path.as_uri()
        if text is None:
            assert not isinstance(path, str)
            text = path.read_text(encoding="utf-8")
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def change(self, uri: str, version: int, *changes: dict[str, Any] | str) -> None:
        """Change a document: a text replaces it whole."""
        listed = [{"text": change} if isinstance(change, str) else change for change in changes]
        params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": listed}
        self.notify("textDocument/didChange", params)

    def close(self, uri: str) -> None:
        """Close a document."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def published(self, uri: str, version: int | None) -> list[dict[str, Any]]:
        """The diagnostics that are pushed for this version of a document."""
        self.wait(lambda: self._newest(uri, version) is not None, f"diagnostics of {uri} version {version}")
        return list((self._newest(uri, version) or {})["diagnostics"])

    def _newest(self, uri: str, version: int | None) -> dict[str, Any] | None:
        told = [each["params"] for each in self.notifications if each["method"] == "textDocument/publishDiagnostics"]
        return next((each for each in reversed(told) if each["uri"] == uri and each.get("version") == version), None)

    def pull(self, uri: str) -> list[dict[str, Any]]:
        """The diagnostics of a document, asked for."""
        return list(self.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})["items"])


def position(line: int, character: int) -> dict[str, int]:
    """A position as JSON."""
    return {"line": line, "character": character}


def span(start: tuple[int, int], end: tuple[int, int]) -> dict[str, Any]:
    """A range as JSON."""
    return {"start": position(*start), "end": position(*end)}


def codes(diagnostics: list[dict[str, Any]]) -> list[str]:
    """The codes of diagnostics, sorted."""
    return sorted(each["code"] for each in diagnostics)
