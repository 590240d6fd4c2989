"""What is logged, in which form, and what a user may put in its place."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from inference_server import logs
from inference_server.settings import Settings

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([DIWEC]) \[\d+\] (\S+) - (.*)")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run code in a process that has configured its logging with the given settings."""

    def _run(code: str, **settings: object) -> subprocess.CompletedProcess[str]:
        made = Settings(app_root=tmp_path, **settings)  # type: ignore[arg-type]
        start = (
            "import logging\nfrom inference_server import logs\nfrom inference_server.settings import Settings\n"
            f"logs.configure(Settings.from_json({made.to_json()!r}))\n"
            "server = logging.getLogger('azmlinfsrv')\n"
        )
        return subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True, check=False)

    return _run


def parsed(output: str) -> list[tuple[str, ...]]:
    """(level, logger, message) of each line; a line of another form fails."""
    return [match.groups() for match in map(LINE.fullmatch, output.splitlines()) if match or pytest.fail(output)]


def test_lines_have_the_form_of_azmlinfsrv_on_stdout(run: Run) -> None:
    """The server's loggers write one line of azmlinfsrv's form, in UTC, to standard output."""
    result = run("server.info('a %s', 1)\nlogging.getLogger('azmlinfsrv.user_script').error('b')")
    assert parsed(result.stdout) == [("I", "azmlinfsrv", "a 1"), ("E", "azmlinfsrv.user_script", "b")]
    assert result.stderr == ""


def test_the_time_is_utc() -> None:
    """Second 0 of the epoch is midnight wherever the machine stands."""
    record = logging.LogRecord("n", logging.INFO, "", 0, "m", None, None)
    record.created, record.msecs = 0.709, 709
    assert logs.LogFormatter().format(record).startswith("1970-01-01 00:00:00,709 I [")


def test_what_a_script_logs_through_its_own_loggers_is_not_lost(run: Run) -> None:
    """`logging.info` of the root logger and of a named one are written, once, in the server's form."""
    result = run("logging.info('root')\nlogging.getLogger('mine').info('named')\nserver.info('server')")
    assert parsed(result.stdout) == [("I", "root", "root"), ("I", "mine", "named"), ("I", "azmlinfsrv", "server")]


def test_strict_loses_them_as_azmlinfsrv_does(run: Run) -> None:
    """Under --strict the root logger is left as Python has it."""
    result = run("logging.info('lost')\nlogging.warning('bare')", strict=True, log_level="DEBUG")
    assert (result.stdout, result.stderr) == ("", "WARNING:root:bare\n")


def test_the_level_applies(run: Run) -> None:
    """AZUREML_LOG_LEVEL hides what is below it, the request line included."""
    code = "server.info('i')\nlogging.info('i')\nserver.warning('w')\nlogs.access_log().write('GET','/',200,1.0,1)"
    assert parsed(run(code, log_level="WARNING").stdout) == [("W", "azmlinfsrv", "w")]


def test_a_script_may_call_basic_config(run: Run) -> None:
    """The root handler of the server steps aside for one that the script makes."""
    result = run("logging.basicConfig(format='mine %(message)s', level='INFO')\nlogging.info('x')\nserver.info('y')")
    assert result.stderr == "mine x\n"
    assert parsed(result.stdout) == [("I", "azmlinfsrv", "y")]


def test_request_lines_keep_their_place_among_the_others(run: Run) -> None:
    """A line through the logger is written after the request lines that came before it."""
    code = (
        "access = logs.access_log()\naccess.write('GET', '/1', 200, 1.0, 1)\nserver.info('2')\n"
        "access.write('GET', '/3', 200, 1.0, 1)\n"  # written at exit
    )
    assert [message.split(" 200")[0] for _, _, message in parsed(run(code).stdout)] == ["GET /1", "2", "GET /3"]


def test_no_access_log_means_none(run: Run) -> None:
    """With --no_access_log only other lines are written."""
    assert run("logs.access_log().write('GET', '/', 200, 1.0, 1)", access_log=False).stdout == ""


def logging_json(folder: Path, **more: object) -> Path:
    """A logging.json that names azmlinfsrv's formatter and filter, as its documentation shows."""
    path = folder / "logging.json"
    config = {
        "version": 1,
        "formatters": {"short": {"class": "inference_server.logs.LogFormatter", "format": "user %(message)s"}},
        "filters": {"health": {"()": "inference_server.logs.RootAccessFilter"}},
        "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "short"}},
        "loggers": {"azmlinfsrv": {"level": "INFO", "handlers": ["out"], "filters": ["health"]}},
    }
    path.write_text(json.dumps(config | more), encoding="utf-8")
    return path


@pytest.mark.parametrize("beside_the_script", [False, True])
def test_a_logging_json_takes_the_place_of_everything(run: Run, tmp_path: Path, *, beside_the_script: bool) -> None:
    """From the app root or from beside the script; request lines go through it, and nothing is written twice."""
    folder = tmp_path / "code" if beside_the_script else tmp_path
    folder.mkdir(exist_ok=True)
    path = logging_json(folder)
    result = run(
        "server.info('GET / HTTP/1.1')\nlogs.access_log().write('GET', '/', 200, 1.0, 1)",
        entry_script=tmp_path / "code" / "score.py",
    )
    assert result.stderr.splitlines() == [f"user Loaded logging config from {path}", "user GET / 200 1.000ms 1"]
    assert result.stdout == ""


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"version": 2}', '{"version": 1, "handlers": {"x": {"class": "no.X"}}}']
)
def test_a_bad_logging_json_is_one_message_with_its_path(run: Run, tmp_path: Path, content: str) -> None:
    """Malformed JSON and what dictConfig refuses end the start with the file named."""
    (tmp_path / "logging.json").write_text(content, encoding="utf-8")
    result = run("")
    assert f"StartupError: The logging configuration {tmp_path / 'logging.json'} cannot be used: " in result.stderr


def test_the_process_that_watches_over_workers_leaves_the_file_to_them(tmp_path: Path) -> None:
    """Without the user's file, nothing of it is opened."""
    (tmp_path / "logging.json").write_text("{", encoding="utf-8")
    code = (
        "import sys\nfrom pathlib import Path\nfrom inference_server import logs\n"
        "from inference_server.settings import Settings\n"
        "logs.configure(Settings(app_root=Path(sys.argv[1])), user_file=False)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
