"""A real ``infsrv --dev`` in a process of its own, on free ports."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from typing_extensions import Self

__all__ = ["Answer", "DevServer", "ask", "ask_in_background", "wait_until"]

_TIMEOUT = 30.0
_READY = re.compile(r"^Listening on (?P<url>http://\S+?:\d+)(?:, \S+)*(?: \(debugger on \S+:(?P<debug>\d+)\))?$")


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    body: str
    headers: Mapping[str, str]

    def json(self) -> Any:
        """Return the body decoded."""
        return json.loads(self.body)

    @property
    def generation(self) -> int:
        """How many live updates the code of this answer has seen."""
        return int(self.headers["x-devkit-generation"])


class DevServer:
    """``python -m inference_server --dev`` on a script; ends with the ``with`` block."""

    def __init__(self, script: Path, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "inference_server", "--dev", "--port", "0", "--entry_script", str(script)]
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=script.parent,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.lines: list[str] = []
        self.url = ""
        self.debug_port = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        self.wait_for(lambda: self.url, "the line that it listens")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask it to end, and return the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait()
            raise

    def wait(self) -> int:
        """Wait for its end and its last line; returns the exit code."""
        code = self.process.wait(timeout=_TIMEOUT)
        self._reader.join(timeout=5)  # an adapter of debugpy may hold the pipe a moment longer
        return code

    @property
    def log(self) -> str:
        """Everything it printed so far."""
        return "".join(self.lines)

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something about the server is so; its end is noticed."""
        wait_until(lambda: condition() or self.process.poll() is not None, what, lambda: self.log)
        if not condition():
            self._reader.join(timeout=5)
            raise AssertionError(f"the server ended with {self.process.returncode} before {what}:\n{self.log}")

    def wait_ready(self) -> None:
        """Wait until init() has succeeded."""
        self.wait_for(lambda: ask(self.url, "/readyz").status == 200, "it is ready")

    def wait_for_generation(self, generation: int) -> None:
        """Wait until that many live updates have been applied."""
        self.wait_for(
            lambda: int(ask(self.url, "/readyz").headers.get("x-devkit-generation", 0)) >= generation,
            f"generation {generation}",
        )

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line)
                if ready := _READY.match(line.rstrip()):
                    self.debug_port = int(ready["debug"] or 0)
                    self.url = ready["url"]


def ask(url: str, path: str, body: str | None = None, timeout: float = _TIMEOUT) -> Answer:
    """Send a request (POST when there is a body); an error status is an answer like any other."""
    request = urllib.request.Request(url + path, data=None if body is None else body.encode())  # noqa: S310  loopback
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310  loopback
            return Answer(response.status, response.read().decode(), response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode(), error.headers)


def ask_in_background(url: str, path: str, body: str) -> Future[Answer]:
    """Send a request from a thread, for answers that a breakpoint holds back."""
    future: Future[Answer] = Future()

    def send() -> None:
        try:
            future.set_result(ask(url, path, body))
        except Exception as error:  # noqa: BLE001  it is raised where the result is asked for
            future.set_exception(error)

    threading.Thread(target=send, daemon=True).start()
    return future


def wait_until(
    condition: Callable[[], object], what: str, context: Callable[[], str] = str, timeout: float = _TIMEOUT
) -> None:
    """Look until the condition holds; after `timeout` seconds fail and say what was waited for."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s in vain for {what}\n{context()}")
        time.sleep(0.01)
