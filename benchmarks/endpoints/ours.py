"""Our side: commands typed in a workspace, each in a process of its own, as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.endpoints import project

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["create_to_answer_s", "idle_memory_mb", "workspace"]

IDLE_S = 5.0
_MEGABYTE = 1024 * 1024


@contextmanager
def workspace() -> Iterator[Path]:
    """A workspace with its endpoint and no deployment; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-endpoints-") as name:
        folder = Path(name)
        project.write(folder)
        try:
            _typed(folder, "online-endpoint", "create", "-f", "endpoint.yml")
            yield folder
        finally:
            _typed(folder, "down")


def create_to_answer_s(folder: Path, runtime: str) -> float:
    """Seconds from the start of `create` to the end of its first answered request; the deployment is deleted again."""
    blue = ("-n", "blue", "-e", project.ENDPOINT)
    python = ("--python", sys.executable) if runtime == "process" else ()
    begun = time.perf_counter()
    _typed(folder, "online-deployment", "create", "-f", "blue.yml", "--runtime", runtime, *python)
    created = time.perf_counter() - begun
    request = ("-n", project.ENDPOINT, "-d", "blue", "-r", "request.json")
    _typed(folder, "online-endpoint", "invoke", *request)  # fails unless it is ready as told
    _typed(folder, "online-deployment", "delete", *blue, "--yes")
    return created


def idle_memory_mb(folder: Path) -> float:
    """Resident memory of the control plane, after it had nothing to do for a while."""
    time.sleep(IDLE_S)
    status: dict[str, Any] = json.loads(_typed(folder, "status"))
    return float(psutil.Process(status["process_id"]).memory_info().rss / _MEGABYTE)


def _typed(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "devkit", *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"devkit {' '.join(words)}: {done.stderr}")
    return done.stdout
