"""How long after a save of score.py the new code answers, with a model that takes two seconds to load."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.launch import INHERITED, free_port, post, stop

__all__ = ["live_update"]

SCRIPT = '''"""A script whose model takes two seconds to load."""

import time

MODEL = None


def init():
    global MODEL
    time.sleep(2)
    MODEL = "loaded"


def run(data):
    return {{"edit": {edit}, "model": MODEL}}
'''
ANSWERED_WITHIN_S = 20.0


def live_update(repeats: int) -> float:
    """Save ``repeats`` edits one after another, and give the median of save to answered, in milliseconds.

    Raises:
        TimeoutError: An edit was not answered within 20 s.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-live-"))
    script = folder / "score.py"
    script.write_text(SCRIPT.format(edit=0), encoding="utf-8")
    port = free_port()
    flags = ("--dev", "--entry_script", "score.py", "--port", str(port))
    env = {name: os.environ[name] for name in INHERITED if name in os.environ}
    env["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    with (folder / "output.txt").open("wb") as output:
        command = (sys.executable, "-m", "inference_server", *flags)
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=output, stderr=output)
        try:
            _answered(port, 0)
            times = [_edit(script, port, edit) for edit in range(1, repeats + 1)]
        finally:
            stop(process)
    shutil.rmtree(folder, ignore_errors=True)
    return statistics.median(times) * 1e3


def _edit(script: Path, port: int, edit: int) -> float:
    time.sleep(0.3)  # people type between two saves; without it one edit's last event may meet the next save
    script.write_text(SCRIPT.format(edit=edit), encoding="utf-8")
    begin = time.perf_counter()
    _answered(port, edit)
    return time.perf_counter() - begin


def _answered(port: int, edit: int) -> None:
    deadline = time.monotonic() + ANSWERED_WITHIN_S
    while time.monotonic() < deadline:
        try:
            if post(port, "/score", b"x") == {"edit": edit, "model": "loaded"}:
                return
        except (OSError, ValueError):
            time.sleep(0.02)
        time.sleep(0.001)
    raise TimeoutError(f"edit {edit} was not answered within {ANSWERED_WITHIN_S:.0f} s")
