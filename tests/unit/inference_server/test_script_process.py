"""What is there before a script is loaded, and gone after."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from inference_server.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

CODE = """\
import faulthandler, logging, sys
from inference_server import logs
from inference_server.script_process import script_process
from inference_server.settings import Settings
with script_process(Settings.from_json(sys.argv[1])):
    import azureml.contrib.services.aml_request
    assert faulthandler.is_enabled()
    print("in")
    logs.access_log().write("POST", "/score", 200, 1.0, 4)
print("out")
"""


def output(settings: Settings) -> list[str]:
    """The lines that the code above writes, without time and process."""
    result = subprocess.run(
        [sys.executable, "-c", CODE, settings.to_json()], capture_output=True, text=True, check=True
    )
    return [line.rpartition("] ")[2] for line in result.stdout.splitlines()]


def test_print_logs_while_it_is_open_and_request_lines_are_written_at_its_end(tmp_path: Path) -> None:
    """Afterwards print is Python's own, and nothing waits to be written."""
    lines = output(Settings(app_root=tmp_path))
    assert lines == ["azmlinfsrv.print - in", "azmlinfsrv - POST /score 200 1.000ms 4", "out"]


def test_strict_says_what_azmlinfsrv_says(tmp_path: Path) -> None:
    """The lines of steps that only azmlinfsrv has stand there too, in its order."""
    assert output(Settings(app_root=tmp_path, strict=True))[:3] == [
        "Initializing logger",
        "azmlinfsrv - Starting up app insights client",
        "azmlinfsrv.trace - Model directory is not set or does not exist: ",
    ]
