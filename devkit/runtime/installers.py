"""The programs that install packages: uv when it is here, else pip; their output line by line."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
from collections import deque
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devkit.runtime.orphans import MAKER, end_tree
from devkit.runtime.package_index import pip_settings, uv_environment
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.runtime.protocol import Progress

__all__ = ["BUILD_FAILED", "find_tool", "find_uv", "own_pip", "run_told"]

BUILD_FAILED: Final = "ImageBuildFailure"
"""The service's name for an environment that could not be built."""
_running: Final[set[subprocess.Popen[str]]] = set()
_LINES_KEPT: Final = 60
_LINES_TOLD: Final = 4
_TELLING: Final = ("error:", "\N{MULTIPLICATION SIGN}")
"""How pip and uv begin the line that says why."""


def find_tool(name: str) -> str | None:
    """A program of the PATH, or of this interpreter's own folder of commands."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def find_uv() -> str | None:
    """The program uv; None where there is none. DEVKIT_NO_UV says to do without it."""
    return None if os.environ.get("DEVKIT_NO_UV") else find_tool("uv")


def own_pip() -> list[str] | None:
    """The command of this interpreter's pip; None in an environment that was made without it."""
    return [sys.executable, "-m", "pip"] if find_spec("pip") is not None else None


def run_told(command: Sequence[str], progress: Progress, what: str, *, keep_open: int | None = None) -> None:
    """Run a program and tell each line that it prints.

    Args:
        command: what to run.
        progress: takes the lines.
        what: what it does, for the message: "<what> failed".
        keep_open: a descriptor that the program inherits.

    Raises:
        CannotRunError: it failed; the end of what it printed is in `log`.
    """
    progress(f"$ {' '.join(command)}")
    last: deque[str] = deque(maxlen=_LINES_KEPT)
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    environment |= {**uv_environment(environment, pip_settings()), MAKER: str(os.getpid())}
    inherited = () if keep_open is None or sys.platform == "win32" else (keep_open,)
    try:
        with (
            subprocess.Popen(  # noqa: S603  an installer that was found on this machine
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                pass_fds=inherited,
            ) as process,
            _ended_with_us(process),
        ):
            for line in process.stdout or ():
                last.append(line)
                progress(line.rstrip("\n"))
    except OSError as error:
        raise CannotRunError(f"{what} failed: {command[0]} cannot be run ({error}).", code=BUILD_FAILED) from None
    if process.returncode:
        log = "".join(last)
        raise CannotRunError(f"{what} failed: {_reason(log, process.returncode)}", code=BUILD_FAILED, log=log)


@contextlib.contextmanager
def _ended_with_us(process: subprocess.Popen[str]) -> Iterator[None]:
    """While open, the program is killed, with what it started, should this process end: nobody waits for the build."""
    _running.add(process)
    try:
        yield
    except BaseException:
        end_tree(process.pid)
        raise
    finally:
        _running.discard(process)


@atexit.register
def _end_all() -> None:
    for process in tuple(_running):
        end_tree(process.pid)


def _reason(log: str, code: int) -> str:
    """What it says from the line on that tells of an error, on one line; else its last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    told = next((at for at, line in enumerate(lines) if line.lower().startswith(_TELLING)), len(lines) - 1)
    return " ".join(lines[told : told + _LINES_TOLD]) if lines else f"it ended with exit code {code}"
