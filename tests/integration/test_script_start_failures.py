"""Scripts that cannot be served: what the user reads, and the exit code, of the real command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INIT, RUN = "def init():\n    pass\n\n\n", "def run(data):\n    return data\n"
IMPORT_FAILED = "Failed to import user script because it raised an unhandled exception"


def failed_start(folder: Path, source: str | None, *flags: str) -> str:
    """Start the server in `folder`, see it end with 3, and give what it said on standard error."""
    if source is not None:
        (folder / "score.py").write_text(source)
    ended = subprocess.run(
        [sys.executable, "-m", "inference_server", "--entry_script", "score.py", "--port", "0", *flags],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3, ended.stderr
    assert "inference_server/" not in ended.stderr  # not a frame of ours
    return ended.stderr


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (None, ["There is no scoring script at", "FileNotFoundError", IMPORT_FAILED]),
        ("def init(:\n", ['score.py", line 1', "SyntaxError", IMPORT_FAILED]),
        ("import not_there_at_all\n", ['score.py", line 1', "No module named 'not_there_at_all'", IMPORT_FAILED]),
        ("import sys\n\nsys.exit(5)\n", ['score.py", line 3', "SystemExit: 5", IMPORT_FAILED]),
        (RUN, ["score.py does not have a init() function defined."]),
        (INIT, ["score.py does not have a run() function defined."]),
        (INIT + "def run(*args): ...\n", ["run() cannot accept positional-only arguments, *args, or **kwargs."]),
        (INIT + "def run(): ...\n", ["run() needs to accept an argument for input data."]),
        (
            "def init():\n    raise ValueError('no model')\n" + RUN,
            ["User's init function failed", "in init", "no model"],
        ),
        ("def init():\n    raise SystemExit\n" + RUN, ["User's init function failed", "in init", "SystemExit"]),
    ],
    ids=["missing", "syntax", "import", "exit", "no init", "no run", "args", "no parameter", "init", "init exits"],
)
def test_a_script_that_cannot_be_served_ends_the_server(tmp_path: Path, source: str | None, says: list[str]) -> None:
    """The command ends with 3, the script's own traceback and azmlinfsrv's words, and no line of this server's code."""
    said = failed_start(tmp_path, source)
    assert all(part in said for part in says), said


def test_a_failed_init_shows_the_models_folder(tmp_path: Path) -> None:
    """The files under --model_dir are listed, since a wrong path to the model is the usual cause."""
    (tmp_path / "models" / "v1").mkdir(parents=True)
    (tmp_path / "models" / "v1" / "model.pkl").touch()
    said = failed_start(tmp_path, "def init():\n    open('nowhere')\n" + RUN, "--model_dir", "models")
    assert "Model Directory Contents:\nmodels/\n    v1/\n        model.pkl" in said


def test_a_malformed_swagger_file_ends_the_server(tmp_path: Path) -> None:
    """A user's own swagger3.json that is not JSON is named."""
    (tmp_path / "swagger3.json").write_text("{")
    assert "swagger3.json is not valid JSON" in failed_start(tmp_path, INIT + RUN)


def test_two_workers_fail_as_one(tmp_path: Path) -> None:
    """With two workers a failed start is one message and one exit, not a loop of restarts."""
    said = failed_start(tmp_path, INIT + "1 / 0\n" + RUN, "--worker_count", "2")
    assert said.count("ZeroDivisionError") == 1
