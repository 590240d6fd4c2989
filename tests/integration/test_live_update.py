"""Live update seen from outside: a real ``infsrv --dev``, real saves, real requests."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import pytest

from devkit.editor.vscode import Deployment, tasks
from tests.support.dev_server import DevServer, ask, ask_in_background

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCORE = """
import pathlib
import helper

model = None
THRESHOLD = 1

def init():
    global model
    with pathlib.Path(__file__).with_name("inits.txt").open("a") as log:
        log.write("init\\n")
    model = {"weights": 10}

def run(data):
    return [model["weights"], THRESHOLD, helper.shift(0)]
"""
HELPER = "def shift(value):\n    return value + 1\n"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A code folder with a script and a helper."""
    (tmp_path / "score.py").write_text(SCORE, encoding="utf-8")
    (tmp_path / "helper.py").write_text(HELPER, encoding="utf-8")
    return tmp_path


@pytest.fixture
def server(code: Path) -> Iterator[DevServer]:
    """A ready server on it."""
    with DevServer(code / "score.py") as server:
        server.wait_ready()
        yield server


def _save(path: Path, old: str, new: str) -> None:
    """Save as most editors do: to a file beside it that is then renamed."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text.replace(old, new), encoding="utf-8")
    temporary.replace(path)


def _inits(code: Path) -> int:
    return len((code / "inits.txt").read_text(encoding="utf-8").splitlines())


def test_a_saved_change_answers_and_the_model_is_not_loaded_again(server: DevServer, code: Path) -> None:
    """After a save of score.py the next answer is the new code's, with init() called once in all."""
    assert ask(server.url, "/score", "{}").json() == [10, 1, 1]
    _save(code / "score.py", "THRESHOLD, helper", "THRESHOLD * 5, helper")
    server.wait_for_generation(1)
    assert ask(server.url, "/score", "{}").json() == [10, 5, 1]
    assert _inits(code) == 1
    assert re.search(r"^reload 1: patched run · model kept · \d+ ms$", server.log, re.MULTILINE)


def test_a_helper_is_updated_under_the_name_that_the_script_imported(server: DevServer, code: Path) -> None:
    """After a save of a helper module the script's next answer uses it."""
    _save(code / "helper.py", "value + 1", "value + 2")
    server.wait_for_generation(1)
    assert ask(server.url, "/score", "{}").json() == [10, 1, 2]
    assert _inits(code) == 1


def test_a_changed_init_runs_again(server: DevServer, code: Path) -> None:
    """A save that changes init() loads the model anew, and says so."""
    _save(code / "score.py", '"weights": 10', '"weights": 20')
    server.wait_for_generation(1)
    assert ask(server.url, "/score", "{}").json() == [20, 1, 1]
    assert _inits(code) == 2
    assert "init() ran again (init changed)" in server.log
    assert server.log.count("Swaggers are prepared") == 1


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("    return [", "    return [[", "score.py:15: SyntaxError"),
        ("THRESHOLD = 1", "THRESHOLD = 1 / 0", "score.py:6: ZeroDivisionError: division by zero"),
        (
            'model = {"weights": 10}',
            'model = {}; raise RuntimeError("half-way")',
            "score.py:12: RuntimeError: half-way",
        ),
        ("def run(data)", "def walk(data)", "does not have a run() function"),
    ],
    ids=["syntax error", "top level raises", "init raises half-way", "run is gone"],
)
def test_a_failing_save_leaves_the_old_code_and_model_serving(
    server: DevServer, code: Path, old: str, new: str, error: str
) -> None:
    """The answer stays, the error is in the header, in /readyz and on the console; the next good save clears it."""
    _save(code / "score.py", old, new)
    server.wait_for(lambda: "x-devkit-reload-error" in ask(server.url, "/score", "{}").headers, "the error")
    answer = ask(server.url, "/score", "{}")
    assert answer.json() == [10, 1, 1]
    assert error in answer.headers["x-devkit-reload-error"]
    assert error in ask(server.url, "/readyz").json()["reload_error"]
    server.wait_for(lambda: f"reload failed: {answer.headers['x-devkit-reload-error']}" in server.log, "the line")
    _save(code / "score.py", new, old)
    server.wait_for_generation(1)
    answer = ask(server.url, "/score", "{}")
    assert answer.json() == [10, 1, 1]
    assert "x-devkit-reload-error" not in answer.headers


def test_a_change_of_many_files_is_one_reload(server: DevServer, code: Path) -> None:
    """What a checkout of another branch does (files deleted, created and changed) is one update."""
    lock = code / ".git" / "index.lock"
    lock.parent.mkdir()
    (code / "score.py").write_text(
        SCORE.replace("import helper", "import shifts as helper").replace("THRESHOLD = 1", "THRESHOLD = 3"),
        encoding="utf-8",
    )
    (code / "helper.py").unlink()
    (code / "shifts.py").write_text("def shift(value):\n    return value + 7\n", encoding="utf-8")
    server.wait_for_generation(1)
    assert ask(server.url, "/score", "{}").json() == [10, 3, 7]
    assert len(re.findall(r"^reload ", server.log, re.MULTILINE)) == 1


def test_a_request_in_flight_finishes_with_the_code_it_began_with(code: Path) -> None:
    """While a request is held the console says so; it ends with the old code, and the next one has the new."""
    (code / "score.py").write_text(textwrap.dedent(HELD), encoding="utf-8")
    with DevServer(code / "score.py") as server:
        server.wait_ready()
        held = ask_in_background(server.url, "/score", "{}")
        server.wait_for((code / "began").exists, "run() to begin")
        _save(code / "score.py", "return 'old'", "return 'new'")
        server.wait_for(lambda: "reload waiting for 1 request" in server.log, "the announcement")
        (code / "go on").touch()
        assert held.result(20).json() == "old"
        server.wait_for_generation(1)
        assert ask(server.url, "/score", "{}").json() == "new"


HELD = """
    import pathlib, time
    here = pathlib.Path(__file__).parent
    def init(): pass
    def run(data):
        (here / "began").touch()
        while not (here / "go on").exists():
            time.sleep(0.01)
        return 'old'
"""


def test_a_script_whose_first_init_failed_is_tried_again(code: Path) -> None:
    """A server that came up with a broken script serves as soon as the script is mended."""
    (code / "score.py").write_text(SCORE.replace('{"weights": 10}', "undefined"), encoding="utf-8")
    with DevServer(code / "score.py") as server:
        server.wait_for(lambda: ask(server.url, "/readyz").json()["status"] == "failed", "the failure")
        _save(code / "score.py", "undefined", '{"weights": 30}')
        server.wait_ready()
        assert ask(server.url, "/score", "{}").json() == [30, 1, 1]


def test_what_cannot_be_undone_restarts_the_process(server: DevServer, code: Path) -> None:
    """A removed change of the environment needs a new process; the port stays open, and the console says both.

    An editor's background task knows by these lines that the server is not ready, and ready again.
    """
    _save(code / "score.py", "THRESHOLD = 1", "THRESHOLD = 1\nimport os\nos.environ['SOME_NAME'] = 'x'")
    server.wait_for_generation(1)
    _save(code / "score.py", "os.environ['SOME_NAME'] = 'x'", "")
    server.wait_for(lambda: _inits(code) == 2, "the second start")
    server.wait_ready()
    assert ask(server.url, "/score", "{}").json() == [10, 1, 1]
    background = tasks([Deployment("blue.yml")])[0]["problemMatcher"]["background"]
    _, begins, after = server.log.partition(background["beginsPattern"])
    assert begins, server.log
    assert "os.environ['SOME_NAME'] cannot be undone" in after.splitlines()[0]
    assert background["endsPattern"] in after
