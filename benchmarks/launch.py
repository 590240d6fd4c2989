"""Starting a subject, waiting until it answers, what memory it takes, and stopping it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.environments import bin_of
from benchmarks.subject import ANSWER, BODY, Place, Subject, program

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["INHERITED", "NotReadyError", "Started", "free_port", "post", "started", "stop", "tree"]

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 10.0
POLL_S = 0.005
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")


class NotReadyError(Exception):
    """The subject ended or did not answer in time."""


class Started:
    """A running subject and how long it took to answer."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, path: str, ready_s: float) -> None:
        self.process, self.port, self.path, self.ready_s = process, port, path, ready_s

    @property
    def url(self) -> str:
        """Where it scores."""
        return f"http://127.0.0.1:{self.port}{self.path}"


@contextlib.contextmanager
def started(subject: Subject) -> Iterator[Started]:
    """Start ``subject`` in a new folder, wait for its first right answer, stop its whole process tree at the end.

    Raises:
        NotReadyError: It ended or did not answer within a minute; the message ends with what it printed.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    for name in subject.programs:
        (folder / name).write_text(program(name), encoding="utf-8")
    place = Place(folder, bin_of(subject), free_port())
    with (folder / "output.txt").open("wb") as output:
        begin = time.perf_counter()
        process = subprocess.Popen(
            subject.command(place), cwd=folder, env=_environment(subject, place), stdout=output, stderr=output
        )
        try:
            ready = _wait(subject, process, place) - begin
            yield Started(process, place.port, subject.path, ready)
        finally:
            stop(process)
    shutil.rmtree(folder, ignore_errors=True)


def _environment(subject: Subject, place: Place) -> dict[str, str]:
    values = {"port": place.port, "port2": free_port(), "port3": free_port(), "folder": place.folder}
    own = {name: value.format(**values) for name, value in subject.env.items()}
    root = str(Path(__file__).resolve().parents[1])
    path = {"PYTHONPATH": root} if subject.requirements is None else {}
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | path | own


def _wait(subject: Subject, process: subprocess.Popen[bytes], place: Place) -> float:
    deadline = time.perf_counter() + READY_WITHIN_S
    answer = None
    while time.perf_counter() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            answer = post(place.port, subject.path)
            if answer == ANSWER:
                return time.perf_counter()
        time.sleep(POLL_S)
    printed = (place.folder / "output.txt").read_text("utf-8", "replace")[-2000:]
    raise NotReadyError(f"{subject.name} did not answer (exit {process.poll()}, last answer {answer}):\n{printed}")


def post(port: int, path: str, body: bytes = BODY) -> object:
    """Post the bench's body once, and give the parsed answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def free_port() -> int:
    """Find a port that is free now: not every peer takes port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM first; whatever of its tree is left after ten seconds is killed."""
    children = tree(process.pid)
    if process.poll() is None:
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_WITHIN_S)
    if process.poll() is None:
        process.kill()
        process.wait(STOP_WITHIN_S)
    for pid in children:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def tree(pid: int) -> list[int]:
    """``pid`` and its descendants; only ``pid`` where there is no /proc."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found = [pid]
    for each in found:
        found.extend(child for child, parent in parents.items() if parent == each)
    return found
