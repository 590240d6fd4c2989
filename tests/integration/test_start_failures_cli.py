"""Starts that end before any server is chosen: exit codes and messages of the real command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Start = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Run the command in an empty folder; keywords are environment variables."""

    def _start(*argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "inference_server", *argv],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path.cwd()), **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return _start


@pytest.mark.parametrize(
    ("argv", "environ", "code", "says"),
    [
        ([], {}, 1, "Either provide an entry_script using --entry_script or provide a path"),
        (["--nope"], {}, 1, "unrecognized arguments: --nope"),
        (["--port", "99999"], {}, 1, "argument --port: invalid value '99999'"),
        (["--worker_count", "0"], {}, 1, "argument --worker_count: invalid value '0'"),
        (["score.py", "--debug"], {}, 1, "--debug works only together with --dev"),
        (["score.py"], {"SCORING_TIMEOUT_MS": "soon"}, 3, "SCORING_TIMEOUT_MS: 'soon' cannot be used"),
        (["--config_file", "nope.json"], {}, 3, "nope.json (flag --config_file) does not exist"),
    ],
)
def test_a_start_that_cannot_be_is_one_line_and_its_exit_code(
    start: Start, argv: list[str], environ: dict[str, str], code: int, says: str
) -> None:
    """The user reads one message on standard error, no traceback; nothing was started."""
    result = start(*argv, **environ)
    assert result.returncode == code
    assert result.stderr.startswith("infsrv: ")
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("argv", "environ", "code", "says"),
    [
        (["--strict"], {}, 1, " azmlinfsrv - Error!\n"),
        (["--strict"], {"AZUREML_ENTRY_SCRIPT": "score.py"}, 1, " E ["),
        (["--strict", "score.py"], {"SCORING_TIMEOUT_MS": "soon"}, 3, "===============Configuration Error=========="),
    ],
)
def test_under_strict_it_is_the_lines_of_azmlinfsrv(
    start: Start, argv: list[str], environ: dict[str, str], code: int, says: str
) -> None:
    """The same failures are log lines on standard output, as azmlinfsrv writes them."""
    result = start(*argv, **environ)
    assert (result.returncode, result.stderr) == (code, "")
    assert says in result.stdout


@pytest.mark.parametrize("flag", ["--help", "--version", "--show-settings"])
def test_asking_is_no_failure(start: Start, flag: str) -> None:
    """Help, version and the effective settings are printed and the command ends with 0."""
    result = start(flag)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout


def test_a_malformed_config_file_names_itself(start: Start, tmp_path: Path) -> None:
    """The path, the line and the column of the mistake are told."""
    (tmp_path / "config.json").write_text('{\n  "WORKER_COUNT": 1,,\n}', encoding="utf-8")
    result = start("score.py")
    assert result.returncode == 3
    assert f"{tmp_path / 'config.json'} is not JSON: " in result.stderr
    assert "line 2" in result.stderr
