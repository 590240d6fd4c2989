from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from devkit.runtime.installers import run_told
from devkit.runtime.protocol import CannotRunError
from tests.support.server import eventually


def test_every_line_is_told() -> None:
    """The command first, then what it prints, on either stream."""
    lines: list[str] = []
    command = [sys.executable, "-c", "import sys; print('out', flush=True); print('err', file=sys.stderr)"]
    run_told(command, lines.append, "It")
    assert lines[0].startswith(f"$ {sys.executable}")
    assert lines[1:] == ["out", "err"]


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("Looking\\nERROR: No matching distribution\\n", "It failed: ERROR: No matching distribution"),
        ("a\\nthe last\\n", "It failed: the last"),
        ("", "It failed: it ended with exit code 3"),
    ],
)
def test_a_failure_says_why(printed: str, reason: str) -> None:
    """The line that tells of an error, else the last one, else the exit code; the output is in the log."""
    with pytest.raises(CannotRunError) as caught:
        run_told([sys.executable, "-c", f"print('{printed}', end=''); raise SystemExit(3)"], lambda _: None, "It")
    assert str(caught.value) == reason
    assert caught.value.code == "ImageBuildFailure"
    assert caught.value.log == printed.replace("\\n", "\n")


def test_a_program_that_is_not_there_is_told() -> None:
    """The message names it."""
    with pytest.raises(CannotRunError, match="It failed: /no/such/program cannot be run"):
        run_told(["/no/such/program"], lambda _: None, "It")


LEAVING = """
import sys, threading
from devkit.runtime.installers import run_told

begun = threading.Event()
def tell(line):
    print(line, flush=True)
    if not line.startswith("$"):
        begun.set()

child = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
threading.Thread(target=run_told, args=([sys.executable, "-c", child], tell, "It"), daemon=True).start()
begun.wait(30)
"""


def test_a_build_ends_with_who_asked_for_it() -> None:
    """When the process ends in the middle of a build, the installer does not go on alone."""
    told = subprocess.run([sys.executable, "-c", LEAVING], capture_output=True, text=True, timeout=60, check=True)
    pid = int(told.stdout.splitlines()[-1])
    eventually(lambda: not psutil.pid_exists(pid), "the installer is gone")
