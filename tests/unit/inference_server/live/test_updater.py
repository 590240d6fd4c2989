"""The updater with an engine that only remembers: when it applies, waits, restarts and tries again."""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from inference_server.gate import RunGate
from inference_server.live.updater import LiveUpdater
from inference_server.metrics import Phase
from tests.support.dev_server import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType


class _Script:
    module: ModuleType


class _Engine:
    """Loads ``score`` and nothing more."""

    def __init__(self) -> None:
        self.gate = RunGate(1)
        self.generation = 0
        self.reload_error: str | None = None
        self.script = _Script()
        self.phase = Phase.READY
        self.inits = 0

    def wait_settled(self, timeout: float | None = None) -> bool:
        return True

    def start(self) -> None:
        importlib.invalidate_caches()
        self.phase = Phase.FAILED
        self.script.module = importlib.import_module("score")
        self.run_init()
        self.phase = Phase.READY

    def run_init(self) -> None:
        self.inits += 1
        self.script.module.init()

    def rebind(self) -> None:
        pass


class _Scene:
    """A folder, an engine on it, and what the updater said and asked for."""

    def __init__(self, root: Path) -> None:
        self.score = root / "score.py"
        self.lines: list[str] = []
        self.restarts: list[str] = []
        self.debugging = threading.Event()
        self.engine = _Engine()
        self.updater = LiveUpdater(
            str(root),
            self.engine,
            restart=self.restarts.append,
            debugger_attached=self.debugging.is_set,
            say=self.lines.append,
        )

    def wait_for_line(self, text: str) -> None:
        wait_until(lambda: any(text in line for line in self.lines), text, lambda: "\n".join(self.lines))


SCORE = (
    "import os\nos.environ.setdefault('X', 'x')\nos.environ['LIVE_TEST'] = '1'\n"
    "def init(): pass\ndef run(data): return 1\n"
)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Scene]:
    """A running updater on a loaded script."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("LIVE_TEST", "")
    monkeypatch.setenv("X", "")
    (tmp_path / "score.py").write_text(SCORE)
    scene = _Scene(tmp_path)
    with contextlib.suppress(Exception):
        scene.engine.start()
    scene.updater.start()
    yield scene
    scene.updater.stop()
    sys.modules.pop("score", None)


def test_a_restart_waits_for_the_end_of_a_debug_session(scene: _Scene) -> None:
    """It is announced at once and done when the editor leaves."""
    scene.debugging.set()
    scene.score.write_text(SCORE.replace("os.environ['LIVE_TEST'] = '1'\n", ""))
    scene.wait_for_line("restart needed")
    assert scene.restarts == []
    scene.debugging.clear()
    wait_until(lambda: scene.restarts, "the restart")
    assert "os.environ['LIVE_TEST'] cannot be undone" in scene.restarts[0]


def test_a_newer_save_takes_the_place_of_one_that_waits(scene: _Scene) -> None:
    """While a request is held only the last save counts, and it is applied when the request has ended."""
    with scene.engine.gate:
        scene.score.write_text(SCORE.replace("return 1", "return 2"))
        scene.wait_for_line("reload waiting for 1 request")
        scene.score.write_text(SCORE.replace("return 1", "return 3"))
        assert scene.engine.script.module.run("") == 1
    scene.wait_for_line("reload 1: patched run")
    wait_until(lambda: scene.engine.script.module.run("") == 3, "the newer code")


def test_stop_ends_an_update_that_waits(scene: _Scene) -> None:
    """A held request does not hold back the end of the server."""
    with scene.engine.gate:
        scene.score.write_text(SCORE.replace("return 1", "return 2"))
        scene.wait_for_line("reload waiting")
        scene.updater.stop()
    assert not scene.updater._thread.is_alive()
    assert scene.engine.script.module.run("") == 1


def test_a_failed_start_is_tried_again_on_each_save(scene: _Scene) -> None:
    """Until it succeeds, each save loads the whole script anew."""
    scene.engine.phase = Phase.FAILED
    scene.score.write_text("import nothing_of_that_name\n")
    scene.wait_for_line("reload failed: score.py:1: ModuleNotFoundError")
    assert scene.lines[-1].endswith("· save again to try again")  # there is no code before it
    scene.score.write_text(SCORE.replace("return 1", "return 4"))
    scene.wait_for_line("reload 1: script loaded")
    assert scene.engine.script.module.run("") == 4
    assert scene.engine.reload_error is None


def test_a_failed_reload_shows_the_scripts_whole_traceback(scene: _Scene) -> None:
    """Above the one line stand all frames of the user's code and none of the server's."""
    scene.score.write_text(SCORE + "def ratio(of):\n    return 1 / of\nRATIO = ratio(0)\n")
    scene.wait_for_line("reload failed: score.py:7: ZeroDivisionError")
    whole, line = scene.lines
    assert re.findall(r'File "(.+)", line (\d+), in (.+)', whole) == [
        (str(scene.score), "8", "<module>"),
        (str(scene.score), "7", "ratio"),
    ]
    assert "RATIO = ratio(0)" in whole
    assert line.endswith("· the code before it keeps serving")


def test_a_syntax_error_is_shown_with_its_line(scene: _Scene) -> None:
    """As Python shows it, and without a traceback: no code of the user's has run."""
    scene.score.write_text(SCORE + "def broken(:\n")
    scene.wait_for_line("reload failed: score.py:6: SyntaxError")
    assert f'File "{scene.score}", line 6' in scene.lines[0]
    assert "def broken(:" in scene.lines[0]
    assert "Traceback" not in scene.lines[0]


def test_a_script_that_is_gone_goes_on_serving_until_it_is_back(scene: _Scene) -> None:
    """Its loss is a failed reload; what it comes back with, unchanged or not, is taken into force."""
    scene.score.rename(scene.score.with_suffix(".txt"))
    scene.wait_for_line(f"reload failed: {scene.score} is gone · the code before it keeps serving")
    assert sys.modules["score"].run("") == 1
    scene.score.with_suffix(".txt").rename(scene.score)
    scene.wait_for_line("reload 1: nothing to do · model kept")
    assert scene.engine.reload_error is None
    scene.score.write_text(SCORE.replace("return 1", "return 2"))
    scene.wait_for_line("reload 2: patched run")
    assert sys.modules["score"].run("") == 2


def test_touching_a_file_is_no_reload(scene: _Scene) -> None:
    """Only content counts: the save after the touch is the first reload."""
    scene.score.touch()
    scene.score.write_text(SCORE)
    scene.score.write_text(SCORE.replace("return 1", "return 2"))
    scene.wait_for_line("reload 1")
    assert scene.engine.generation == 1
