"""Sending requests as fast as they are answered: wrk where it is installed, else a small generator in Python."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.subject import BODY

__all__ = ["Load", "generator", "send"]

SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
%s
wrk.body = [==[%s]==]
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('\\n{"requests": %%d, "seconds": %%f, "p50_ms": %%f, "p99_ms": %%f, "errors": %%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """One run of a load generator. ``errors`` counts failed connections and answers that were not 2xx or 3xx."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: int

    @property
    def per_second(self) -> float:
        """Answered requests a second."""
        return self.requests / self.seconds


def generator() -> str:
    """Name the load generator of this machine."""
    return "wrk" if shutil.which("wrk") else "benchmarks.load_python"


def send(url: str, connections: int, seconds: float, key: str | None = None) -> Load:
    """Keep ``connections`` connections busy with the bench's request for ``seconds``, each with ``key`` if told."""
    if generator() == "wrk":
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder, "post.lua")
            script.write_text(SCRIPT % (_authorization(key), BODY.decode()), encoding="utf-8")
            flags = ("-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script))
            return _result(("wrk", *flags, url), seconds)
    arguments = (url, str(connections), str(seconds), *((key,) if key else ()))
    return _result((sys.executable, "-m", "benchmarks.load_python", *arguments), seconds)


def _authorization(key: str | None) -> str:
    return f'wrk.headers["Authorization"] = "Bearer {key}"' if key else ""


def _result(command: tuple[str, ...], seconds: float) -> Load:
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=True)
    return Load(**json.loads(done.stdout.strip().splitlines()[-1]))
