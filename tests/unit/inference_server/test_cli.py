"""Which server the command starts, what it hands over, and how the end of it becomes an exit code.

Each case is a process of its own, since the command sets up logging and the environment of its process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]

STUBS = """\
import os, sys, types
from inference_server.errors import PortInUseError
def server(name):
    def serve(settings):
        print("SERVED", name, settings.entry_script.name, os.environ["AZUREML_MODEL_DIR"], flush=True)
        {body}
        return 0
    sys.modules["inference_server.servers." + name] = types.SimpleNamespace(serve=serve)
server("production"); server("development")
from inference_server.cli import main
sys.exit(main())
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run the command with servers that only say their name and then do what `body` says."""

    def _command(*argv: str, body: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", STUBS.format(body=body), "score.py", "--model_dir", "m", *argv],
            cwd=tmp_path,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    return _command


@pytest.mark.parametrize(("flags", "server"), [((), "production"), (("--dev",), "development")])
def test_dev_chooses_the_server(command: Command, flags: tuple[str, ...], server: str) -> None:
    """The server gets the settings, finds them in the environment too, and its result is the exit code."""
    result = command(*flags)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == f"SERVED {server} score.py m"


def test_an_error_of_the_server_is_one_line_and_its_exit_code(command: Command) -> None:
    """A port in use ends with 1 and no traceback."""
    result = command(body="raise PortInUseError('Port 5001 is in use.')")
    assert (result.returncode, result.stderr) == (1, "infsrv: Port 5001 is in use.\n")


def test_an_interrupt_ends_without_a_traceback(command: Command) -> None:
    """Ctrl+C before a server handles it is exit code 130."""
    result = command(body="raise KeyboardInterrupt")
    assert (result.returncode, result.stderr) == (130, "")


def test_warnings_are_told_before_the_server_starts(command: Command) -> None:
    """They stand in the log, between the banner and the first word of the server."""
    lines = command(WORKER_PRELOAD="true").stdout.splitlines()
    assert "azmlinfsrv - WORKER_PRELOAD has no effect" in lines[-2]


def test_strict_tells_nothing_that_azmlinfsrv_does_not(command: Command) -> None:
    """Under --strict the log holds no warning of ours."""
    assert "WORKER_PRELOAD" not in command("--strict", WORKER_PRELOAD="true").stdout


def test_a_restart_in_place_prints_no_second_banner(command: Command) -> None:
    """The process that takes over the sockets goes on where the first one was."""
    assert "Server Settings" in command("--dev").stdout
    assert "Server Settings" not in command("--dev", INFSRV_INHERITED_SOCKETS="3").stdout
