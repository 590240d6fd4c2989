"""Runs the real command as a real process: ``with running_server(script) as server: server.post("/score", ...)``."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Answer", "RunningServer", "eventually", "metric", "running_server", "start_server"]

PATIENCE_S = 30.0
"""How long anything that must happen may take on a loaded machine."""

_LISTENING = re.compile(r"^Listening on http://127\.0\.0\.1:(\d+)(?:, http://127\.0\.0\.1:(\d+))?", re.MULTILINE)


def eventually(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> Any:
    """Poll until ``condition()`` is true and return what it gave; AssertionError naming `what` if it never is."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.01)
    return found


def metric(text: str, series: str) -> float:
    """The value of one series in a Prometheus text."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    assert found, f"{series} is not in\n{text}"
    return float(found.group(1))


class Answer(NamedTuple):
    """What a server answered; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class RunningServer:
    """A server process and what it has written so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def log(self) -> str:
        """Everything written to stdout and stderr so far."""
        return "".join(self._lines)

    @property
    def port(self) -> int:
        """The port it says it listens on."""
        return int(self._listening()[1])

    @property
    def health_port(self) -> int:
        """The second port it says it listens on."""
        return int(self._listening()[2])

    @property
    def base_url(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float = PATIENCE_S,
    ) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, **more: Any) -> Answer:
        """GET."""
        return self.request("GET", path, **more)

    def score(self, data: Any, **more: Any) -> Answer:
        """POST `data` as JSON to /score."""
        return self.request("POST", "/score", json.dumps(data), {"Content-Type": "application/json"}, **more)

    def wait_ready(self, seconds: float = PATIENCE_S) -> None:
        """Wait until GET /readyz is 200."""
        eventually(lambda: self.process.poll() is not None or self._is_ready(), "the server is ready", seconds)
        assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.log}"

    def wait(self, seconds: float = PATIENCE_S) -> int:
        """Wait for the end of the process, read the rest of its output, and return its exit code."""
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        return code

    def worker_pids(self) -> list[int]:
        """Process ids of its child processes (Linux)."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def end(self) -> None:
        """End it and its workers, whatever state they are in."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()  # the workers see it and end too
                self.process.wait(10)
        self._reader.join(10)
        assert self.process.stdout is not None
        if not self._reader.is_alive():
            self.process.stdout.close()

    def _is_ready(self) -> bool:
        try:
            return bool(_LISTENING.search(self.log)) and self.get("/readyz", timeout=5).status == 200
        except OSError:
            return False

    def _listening(self) -> re.Match[str]:
        found = eventually(
            lambda: _LISTENING.search(self.log) or self.process.poll() is not None, "the server says where it listens"
        )
        assert isinstance(found, re.Match), f"ended with {self.process.returncode}:\n{self.log}"
        return found

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)


@contextmanager
def start_server(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    command: Sequence[str] = (sys.executable, "-m", "inference_server"),
) -> Iterator[RunningServer]:
    """Start ``python -m inference_server ARGUMENTS``, do not wait for anything, and end it afterwards."""
    process = subprocess.Popen(
        [*command, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
    )
    server = RunningServer(process)
    try:
        yield server
    finally:
        server.end()


@contextmanager
def running_server(
    script: str | Path, *flags: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[RunningServer]:
    """Serve `script` on a free port; ready when the ``with`` block begins, ended for sure when it is left.

    A `script` with a line break in it is taken for the source itself and written to a file in `cwd`.
    """
    if "\n" in str(script):
        assert cwd is not None, "a script given as source needs a folder: pass cwd=tmp_path"
        path = cwd / "score.py"
        path.write_text(str(script))
        script = path
    with start_server(script, "--port", "0", *flags, env=env, cwd=cwd or Path(script).parent) as server:
        server.wait_ready()
        yield server
