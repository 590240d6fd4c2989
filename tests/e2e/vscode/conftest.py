"""One browser and one code-server with the packed extension for the module; one window and one folder for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.vscode import EDITOR, ROOT, CodeServer, Workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    OpenWindow = Callable[[Path], Workbench]

_VSIX = ROOT / "dist" / "endpoint-devkit.vsix"
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _missing() -> str | None:
    if not (EDITOR.parent / ".created").exists():
        return "no code-server in .venvs/vscode"
    if not _VSIX.exists():
        return "the extension is not packed"
    return None if _CHROMIUM else "no Chromium on the PATH"


def _require_editor() -> None:
    """Skip with the reason; in CI that would hide a missing install step, so there it is an error."""
    reason = _missing()
    if reason is None:
        return
    advice = f"{reason}. Run: make test-vscode"
    if os.environ.get("CI"):
        pytest.fail(advice)
    pytest.skip(advice)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a display."""
    _require_editor()
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def editor(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CodeServer]:
    """The editor with the extension, whose interpreter is this one."""
    home = tmp_path_factory.mktemp("editor")
    with CodeServer(home, _VSIX, {"python.defaultInterpreterPath": sys.executable}) as server:
        yield server


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its model, and without its launch.json."""
    folder = tmp_path_factory.mktemp("examples") / "sklearn"
    shutil.copytree(ROOT / "examples" / "sklearn", folder, ignore=shutil.ignore_patterns(".vscode", "__pycache__"))
    subprocess.run([sys.executable, folder / "train.py"], check=True, capture_output=True)
    return folder


@pytest.fixture
def example(trained: Path, tmp_path: Path) -> Path:
    """A copy of the example for one test."""
    return Path(shutil.copytree(trained, tmp_path / "diabetes"))


@pytest.fixture
def window(browser: Browser, editor: CodeServer, example: Path, request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A window on the example; its last state is kept as a picture."""
    found = Workbench(browser, editor, example)
    yield found
    found.shot(f"end of {request.node.name}")
    found.close()
