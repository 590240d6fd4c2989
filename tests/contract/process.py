"""A server process around one folder, from its start to what it printed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.contract.exchange import ask
from tests.contract.model import SCRIPTS, Request, Service, Start

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["CLEAN", "Outcome", "Running", "running", "start_outcome", "write_files"]

READY_WITHIN = 60.0
LOG_LINE = re.compile(r"<time> [DIWEC] \[<pid>\] [\w.]+ - ")
CLEAN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
"""The variables that a server under comparison inherits: none that its settings could come from."""


@dataclass(frozen=True)
class Outcome:
    """How a process ended, and its two streams, normalised. ``code`` is None when it was ready and was stopped."""

    code: int | None
    stdout: list[str]
    stderr: list[str]

    @property
    def log(self) -> list[str]:
        """The lines in azmlinfsrv's log format, of both streams."""
        return [line for line in (*self.stdout, *self.stderr) if LOG_LINE.match(line)]


class Running:
    """A started server."""

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str], port: int) -> None:
        self.folder, self.port = folder, port
        self._streams = (folder.parent / "stdout.txt", folder.parent / "stderr.txt")
        inherited = {name: os.environ[name] for name in CLEAN if name in os.environ}
        with self._streams[0].open("wb") as stdout, self._streams[1].open("wb") as stderr:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env={**inherited, "PYTHONUNBUFFERED": "1", **env},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )

    def wait_ready(self) -> bool:
        """Wait until `GET /` is 200; False when the process ended first."""
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            with contextlib.suppress(OSError):
                if ask(self.port, Request("ready", "GET", "/")).get("body") == "Healthy":
                    return True
            time.sleep(0.02)
        raise TimeoutError(f"not ready within {READY_WITHIN:.0f} s:\n{self._text(0)}\n{self._text(1)}")

    def stop(self) -> int:
        """Stop as an operator would, and give the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(5)

    def outcome(self, code: int | None) -> Outcome:
        """Give both streams as lines, after the end of the process."""
        return Outcome(code, self._lines(0), self._lines(1))

    def _text(self, stream: int) -> str:
        return self._streams[stream].read_text("utf-8", "replace")

    def _lines(self, stream: int) -> list[str]:
        text = re.sub(r"\x1b\[[0-9;]*m", "", self._text(stream))
        for pattern, kind in (
            (re.escape(str(self.folder.resolve())), "<dir>"),
            (re.escape(str(self.folder)), "<dir>"),
            (r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ", "<time> "),
            (r"\[\d+\] ", "[<pid>] "),
            (r"\bpid:? \d+", "pid <pid>"),
            (r"\[\d\d/\w{3}/\d{4}:[\d:]+ [+-]\d{4}\]", "[<date>]"),
            (r"\b\d+\.\d{3}ms\b", "<milliseconds>"),
            (rf"\b{self.port}\b", "<port>"),
            (r"PYTHONPATH: \[.*\]", "PYTHONPATH: <paths>"),
        ):
            text = re.sub(pattern, kind, text)
        return text.splitlines()


def _free_port() -> int:
    """Find a port that is free now: azmlinfsrv takes no port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: Sequence[str], service: Service, parent: Path) -> Iterator[Running]:
    """Run ``service`` with ``command`` (flags are added) in a new folder under ``parent``; stop it at the end."""
    folder = parent / "app"
    folder.mkdir(parents=True)
    (folder / "score.py").write_bytes((SCRIPTS / service.script).read_bytes())
    write_files(folder, service.files)
    port = _free_port()
    flags = ("--entry_script", "score.py", "--port", str(port), *service.flags)
    server = Running((*command, *flags), folder, service.env, port)
    try:
        if not server.wait_ready():
            raise RuntimeError(f"{service.name} did not start: {server.outcome(server.process.returncode)}")
        yield server
    finally:
        server.stop()


def start_outcome(command: Sequence[str], start: Start, parent: Path) -> Outcome:
    """Start once, and stop when ready."""
    folder = parent / "app"
    folder.mkdir(parents=True)
    if start.source is not None:
        (folder / "score.py").write_text(start.source, encoding="utf-8")
    write_files(folder, start.files)
    flags = tuple(flag.replace("{dir}", str(folder)) for flag in start.flags)
    env = {name: value.replace("{dir}", str(folder)) for name, value in start.env.items()}
    with _port(busy=start.busy_port) as port:
        if not any(flag.startswith("--port") for flag in flags):
            flags = (*flags, "--port", str(port))
        server = Running((*command, *flags), folder, env, port)
        try:
            ready = server.wait_ready()
        finally:
            code = server.stop()
    return server.outcome(None if ready else code)


@contextlib.contextmanager
def _port(*, busy: bool) -> Iterator[int]:
    if not busy:
        yield _free_port()
        return
    with socket.create_server(("0.0.0.0", 0)) as holder:  # noqa: S104 - azmlinfsrv binds every address: it must meet us
        yield int(holder.getsockname()[1])


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a service or a start, and the folders they are in."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
