"""A small client of the Debug Adapter Protocol that speaks to debugpy's real adapter, as an editor does.

https://microsoft.github.io/debug-adapter-protocol/specification
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from typing_extensions import Self

__all__ = ["Breakpoint", "DapClient", "DapError", "Frame", "Stop"]

_TIMEOUT = 30.0

Message = dict[str, Any]
Breakpoints: TypeAlias = "Mapping[Path, Sequence[int | Breakpoint]]"


class DapError(AssertionError):
    """The adapter refused a request, closed, or did not say in time what was expected."""


@dataclass(frozen=True)
class Breakpoint:
    """A line to stop at, perhaps with a condition, perhaps with a text to log instead of stopping."""

    line: int
    condition: str | None = None
    log_message: str | None = None

    def to_dap(self) -> Message:
        """Return the protocol's SourceBreakpoint."""
        optional = {"condition": self.condition, "logMessage": self.log_message}
        return {"line": self.line} | {key: value for key, value in optional.items() if value is not None}


@dataclass(frozen=True)
class Frame:
    """One line of the call stack."""

    id: int
    name: str
    path: str
    line: int


@dataclass(frozen=True)
class Stop:
    """A thread that stands still: why, and where (innermost frame first)."""

    thread_id: int
    reason: str
    frames: list[Frame]
    text: str = ""

    @property
    def top(self) -> Frame:
        """The innermost frame."""
        return self.frames[0]


@dataclass
class DapClient:
    """One debug session. Every wait ends after 30 s with what was received instead."""

    reader: IO[bytes]
    writer: IO[bytes]
    hang_up: Callable[[], None]
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._seq = 0
        self._seen: set[int] = set()
        self._default_filters: list[str] = []
        self._terminals: list[subprocess.Popen[str]] = []
        self._closed = False
        self._news = threading.Condition()
        threading.Thread(target=self._receive, daemon=True).start()

    @classmethod
    def connect(cls, port: int, host: str = "127.0.0.1") -> DapClient:
        """Connect to an adapter that listens, as an ``attach`` configuration with ``connect`` does."""
        connection = socket.create_connection((host, port), timeout=_TIMEOUT)
        return cls._over(connection)

    @classmethod
    def accept(cls, listener: socket.socket) -> DapClient:
        """Wait for an adapter to connect."""
        connection, _ = listener.accept()
        return cls._over(connection)

    @classmethod
    def adapter(cls) -> DapClient:
        """Start ``python -m debugpy.adapter`` on stdio, as an editor does for every configuration."""
        process = subprocess.Popen(
            [sys.executable, "-m", "debugpy.adapter"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        streams = (process.stdin, process.stdout)

        def hang_up() -> None:
            process.terminate()
            process.wait(timeout=_TIMEOUT)
            for stream in streams:
                stream.close()

        return cls(process.stdout, process.stdin, hang_up)

    @classmethod
    def _over(cls, connection: socket.socket) -> DapClient:
        connection.settimeout(None)

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

        return cls(connection.makefile("rb"), connection.makefile("wb"), hang_up)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.vanish()

    def vanish(self) -> None:
        """End without a word, as a killed editor does; its terminals go with it."""
        self.hang_up()
        for terminal in self._terminals:
            terminal.terminate()
        for stream in (self.reader, self.writer):
            with contextlib.suppress(OSError):
                stream.close()

    # -- a session ----------------------------------------------------------------------------------------------------

    def attach(
        self, breakpoints: Breakpoints | None = None, *, filters: Sequence[str] | None = None, **configuration: Any
    ) -> None:
        """Attach and configure as VS Code does; `filters` None is the editor's default."""
        self.configure(self.begin("attach", **configuration), breakpoints or {}, filters=filters)

    def launch(
        self, breakpoints: Breakpoints | None = None, *, filters: Sequence[str] | None = None, **configuration: Any
    ) -> None:
        """Launch what a ``launch`` configuration says, and configure."""
        started = self.begin("launch", **({"console": "internalConsole"} | configuration))
        self.configure(started, breakpoints or {}, filters=filters)

    def begin(self, request: str, /, **configuration: Any) -> int:
        """Send the first half of a session: what to debug. The number is for :meth:`configure`."""
        capabilities = self.request(
            "initialize",
            clientID="tests",
            adapterID="debugpy",
            linesStartAt1=True,
            columnsStartAt1=True,
            pathFormat="path",
            supportsRunInTerminalRequest=True,
        )
        known = capabilities.get("exceptionBreakpointFilters", [])
        self._default_filters = [each["filter"] for each in known if each.get("default")]
        return self.send(request, **({"justMyCode": True} | configuration))

    def configure(self, started: int, breakpoints: Breakpoints, *, filters: Sequence[str] | None = None) -> None:
        """Send the second half, once the program is there: breakpoints, exception filters, done."""
        self.event("initialized", or_response_to=started)
        for path, lines in breakpoints.items():
            self.set_breakpoints(path, *lines)
        self.request("setExceptionBreakpoints", filters=self._default_filters if filters is None else list(filters))
        self.request("configurationDone")
        self.response(started)

    def set_breakpoints(self, path: Path, *lines: int | Breakpoint) -> list[Message]:
        """Replace the breakpoints of a file; returns what the adapter made of each (``verified``, ``line``)."""
        wanted = [Breakpoint(line) if isinstance(line, int) else line for line in lines]
        body = self.request(
            "setBreakpoints",
            source={"path": str(path)},
            breakpoints=[each.to_dap() for each in wanted],
            sourceModified=True,
        )
        return list(body["breakpoints"])

    def stopped(self) -> Stop:
        """Wait until a thread stops, and read its call stack."""
        body = self.event("stopped")["body"]
        thread_id = body["threadId"]
        frames = [
            Frame(each["id"], each["name"], each.get("source", {}).get("path", ""), each["line"])
            for each in self.request("stackTrace", threadId=thread_id)["stackFrames"]
        ]
        return Stop(thread_id, body["reason"], frames, body.get("text", ""))

    def variables(self, frame: Frame) -> dict[str, str]:
        """Read the local variables of a frame, as the editor shows them."""
        scopes = self.request("scopes", frameId=frame.id)["scopes"]
        reference = next(scope["variablesReference"] for scope in scopes if scope["name"] == "Locals")
        found = self.request("variables", variablesReference=reference)["variables"]
        return {each["name"]: each["value"] for each in found}

    def evaluate(self, expression: str, frame: Frame) -> str:
        """Evaluate an expression in a frame, as the debug console does."""
        return str(self.request("evaluate", expression=expression, frameId=frame.id, context="repl")["result"])

    def resume(self, stop: Stop) -> None:
        """Continue (F5)."""
        self.request("continue", threadId=stop.thread_id)

    def disconnect(self, *, terminate: bool = False) -> None:
        """End the session in good order (Shift+F5); ``terminate`` ends the server too, as for a launched one."""
        self.request("disconnect", terminateDebuggee=terminate)
        self.vanish()

    def output(self) -> str:
        """Return everything that was sent as output so far (of a launched program, or of log points)."""
        with self._news:
            bodies = [each["body"] for each in self.messages if each.get("event") == "output"]
        return "".join(body["output"] for body in bodies if body.get("category") != "telemetry")

    # -- the protocol -------------------------------------------------------------------------------------------------

    def request(self, command: str, /, **arguments: Any) -> Message:
        """Send a request and return the body of its response."""
        return self.response(self.send(command, **arguments))

    def send(self, command: str, /, **arguments: Any) -> int:
        """Send a request without waiting; the number is for :meth:`response`."""
        with self._news:
            self._seq += 1
            seq = self._seq
            self._write({"seq": seq, "type": "request", "command": command, "arguments": arguments})
        return seq

    def response(self, seq: int) -> Message:
        """Wait for the response to the request `seq`."""
        answer = self._take(lambda message: message.get("request_seq") == seq, f"a response to request {seq}")
        if not answer["success"]:
            raise DapError(f"{answer['command']} failed: {answer.get('message')}")
        return dict(answer.get("body") or {})

    def event(
        self, name: str, predicate: Callable[[Message], bool] = bool, *, or_response_to: int | None = None
    ) -> Message:
        """Wait for the next event of this name that was not taken yet."""

        def wanted(message: Message) -> bool:
            failed = message.get("request_seq") == or_response_to is not None and not message["success"]
            return failed or (message.get("event") == name and predicate(message))

        found = self._take(wanted, f"the event {name}")
        if found["type"] == "response":
            raise DapError(f"{found['command']} failed: {found.get('message')}")
        return found

    def pending(self, name: str) -> list[Message]:
        """Return the events of this name that have arrived and were not taken."""
        with self._news:
            return [
                message
                for index, message in enumerate(self.messages)
                if index not in self._seen and message.get("event") == name
            ]

    def _take(self, wanted: Callable[[Message], bool], what: str) -> Message:
        deadline = time.monotonic() + _TIMEOUT
        with self._news:
            while True:
                for index, message in enumerate(self.messages):
                    if index not in self._seen and wanted(message):
                        self._seen.add(index)
                        return message
                if self._closed or not self._news.wait(max(0.0, deadline - time.monotonic())):
                    state = "closed" if self._closed else f"silent for {_TIMEOUT:g} s"
                    recent = "\n".join(json.dumps(message)[:300] for message in self.messages[-12:])
                    raise DapError(f"expected {what}; the adapter is {state}. Last messages:\n{recent}")

    def _receive(self) -> None:
        try:
            while (message := self._read()) is not None:
                with self._news:
                    self.messages.append(message)
                    if message["type"] == "request":
                        self._serve(message)
                    self._news.notify_all()
        except (OSError, ValueError):
            pass
        with self._news:
            self._closed = True
            self._news.notify_all()

    def _serve(self, message: Message) -> None:
        """Do what the adapter asks of an editor: open a terminal. A child process (debugpyAttach) is not followed."""
        body = None
        if message["command"] == "runInTerminal":
            body = {"processId": self._open_terminal(message["arguments"])}
        self._seq += 1
        answer = {"type": "response", "request_seq": message["seq"], "command": message["command"]}
        self._write({"seq": self._seq, **answer, "success": body is not None, "body": body or {}})

    def _open_terminal(self, arguments: Message) -> int:
        variables = arguments.get("env") or {}
        env = os.environ | {name: value for name, value in variables.items() if value is not None}
        terminal = subprocess.Popen(
            arguments["args"],
            cwd=arguments["cwd"],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._terminals.append(terminal)
        threading.Thread(target=self._show, args=(terminal,), daemon=True).start()
        return terminal.pid

    def _show(self, terminal: subprocess.Popen[str]) -> None:
        """Take what is printed in a terminal for output, as what a program prints in the debug console is."""
        with terminal:
            for line in terminal.stdout or []:
                with self._news:
                    self.messages.append({"type": "event", "event": "output", "body": {"output": line}})

    def _read(self) -> Message | None:
        length = 0
        while (line := self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(self.reader.read(length)) if length else None

    def _write(self, message: Message) -> None:
        data = json.dumps(message).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self.writer.flush()
