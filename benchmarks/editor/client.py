"""A client that speaks to a language server over stdio, and takes the time of its answers."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

__all__ = ["Client"]

DEADLINE = 60.0
_CAPABILITIES = {
    "workspace": {"configuration": True, "workspaceFolders": True},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "publishDiagnostics": {"versionSupport": True, "relatedInformation": True},
    },
}


class Client:
    """One server's process. Times are of ``time.perf_counter``, taken where a message comes in."""

    def __init__(self, command: Sequence[str], folder: Path, settings: dict[str, Any]) -> None:
        self.spawned = time.perf_counter()
        self._settings = settings
        # Installed packages have their bytecode: where an installer left it out, Python writes it at the first start.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._root = folder.as_uri()
        self._messages: queue.SimpleQueue[tuple[float, dict[str, Any]]] = queue.SimpleQueue()
        self._number = 0
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def initialize(self) -> float:
        """Begin the session; seconds from the start of the process to the server's answer."""
        folders = [{"uri": self._root, "name": "bench"}]
        params = {"processId": None, "rootUri": self._root, "capabilities": _CAPABILITIES, "workspaceFolders": folders}
        answered, _ = self.ask("initialize", params)
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": self._settings})
        return answered - self.spawned

    def open(self, uri: str, text: str) -> float:
        """Open a document; seconds to its first diagnostics."""
        began = time.perf_counter()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return self.diagnostics(uri, lambda _: True) - began

    def change(self, uri: str, version: int, place: tuple[int, int, int], text: str) -> None:
        """Replace what stands on a line between two characters."""
        line, begin, end = place
        span = {"start": {"line": line, "character": begin}, "end": {"line": line, "character": end}}
        changes = [{"range": span, "text": text}]
        self.tell(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": changes},
        )

    def complete(self, uri: str, line: int, character: int) -> tuple[float, int]:
        """Ask for completion; seconds to the answer, and how many items are in it."""
        began = time.perf_counter()
        params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        answered, result = self.ask("textDocument/completion", params)
        items = result["items"] if isinstance(result, dict) else result or []
        return answered - began, len(items)

    def diagnostics(self, uri: str, accept: Callable[[list[dict[str, Any]]], bool]) -> float:
        """Wait for a document's diagnostics that are accepted; when they came."""
        while True:
            came, message = self._next()
            if message.get("method") != "textDocument/publishDiagnostics" or message["params"]["uri"] != uri:
                continue
            if accept(message["params"]["diagnostics"]):
                return came

    def memory(self) -> int:
        """Bytes that the process has in memory now (Linux)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def processor_time(self) -> float:
        """Seconds that the process has computed until now, in all its threads (Linux)."""
        behind_name = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(map(int, behind_name[11:13])) / os.sysconf("SC_CLK_TCK")

    def ask(self, method: str, params: dict[str, Any]) -> tuple[float, Any]:
        """Send a request; when its answer came, and its result."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            came, message = self._next()
            if message.get("id") == number and "method" not in message:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return came, message["result"]

    def tell(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def _next(self) -> tuple[float, dict[str, Any]]:
        """The next message; requests of the server are answered on the way."""
        while True:
            came, message = self._messages.get(timeout=DEADLINE)
            if "id" not in message or "method" not in message:
                return came, message
            self._send({"id": message["id"], "result": self._reply(message)})

    def _reply(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        return [self._settings.get(item.get("section"), {}) for item in message["params"]["items"]]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        if stream is None:
            raise RuntimeError("the server has no stdin")
        stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        stream.flush()

    def _read(self) -> None:
        stream = self._process.stdout
        while stream is not None:
            length = 0
            while (header := stream.readline()).strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            if not header:
                return
            body = stream.read(length)
            self._messages.put((time.perf_counter(), json.loads(body)))
