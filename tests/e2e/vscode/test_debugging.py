"""F5 in a real VS Code: stop in run(), look, continue, edit, stop again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support import shop
from tests.support.dev_server import DevServer
from tests.support.ports import free_port
from tests.support.vscode import Workbench, line_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.support.vscode import CodeServer

pytestmark = [pytest.mark.node, pytest.mark.timeout(300), pytest.mark.xdist_group("vscode")]

_READY = "ready for serving"
_INVOKE = "DevKit: Invoke with a Request File"
_ANSWER = ".tab:has-text('answer to sample-request.json')"


def _stop_in_run(window: Workbench, script: Path) -> int:
    line = line_of(script, "predictions = ")
    window.command(_INVOKE)
    window.stopped_at("score.py", line)
    return line


def test_f5_in_a_script_stops_in_run_and_live_update_keeps_the_breakpoint(window: Workbench, example: Path) -> None:
    """No launch.json: F5, stop with the request's data, continue, answer; edit, save, stop again at the moved line."""
    script = example / "src" / "score.py"
    window.toggle_breakpoint("score.py", line_of(script, "predictions = "))
    window.press("F5")
    window.console(_READY)
    _stop_in_run(window, script)
    assert "'bmi': 0.062" in window.variable("patients")
    window.shot("stopped in run")
    window.press("F5")
    window.see(_ANSWER)
    window.see(".view-lines", "predictions")
    window.shot("answer")

    window.insert("score.py", line_of(script, "    matrix = "), "    count = len(patients)\n")
    window.save()
    window.status("reload 1")
    window.console("model kept")
    moved = _stop_in_run(window, script)
    assert window.variable("count").endswith("2")
    window.shot("stopped after a live update")
    window.press("F5")
    window.running()
    assert moved == line_of(script, "predictions = ")
    window.end_session()


def test_a_save_that_cannot_work_is_told_in_the_status_bar(window: Workbench, example: Path) -> None:
    """A syntax error saved under F5 is told at once, the old code serves on, and mending it clears the state."""
    script = example / "src" / "score.py"
    window.open("score.py")
    window.press("F5")
    window.console(_READY)
    window.insert("score.py", line_of(script, "    matrix = "), "    if:\n")
    window.save()
    window.status("reload failed")
    window.shot("reload failed")
    window.command(_INVOKE)
    window.see(_ANSWER)
    window.open("score.py", line_of(script, "    if:"))
    window.press("Control+Shift+K")  # deletes the line
    window.save()
    window.status("reload 1")
    window.end_session()


def test_a_deployment_is_debugged_by_f5_and_by_its_code_lens(window: Workbench, example: Path) -> None:
    """F5 on the YAML, or Debug above it, serves what it deploys with its model; Stop ends the server."""
    script = example / "src" / "score.py"
    window.toggle_breakpoint("score.py", line_of(script, "predictions = "))
    window.open("blue-deployment.yml")
    window.press("F5")
    window.console(_READY)
    _stop_in_run(window, script)
    window.press("F5")
    window.see(_ANSWER)
    window.end_session()
    window.command(_INVOKE)
    window.see(".notification-toast", "No server answers at")
    window.open("blue-deployment.yml")
    window.see(".editor-group-container.active .codelens-decoration a", re.compile("^Debug$")).click()
    window.see(".debug-toolbar")
    window.console(_READY)
    window.end_session()


def test_attaching_to_a_server_that_runs(window: Workbench, example: Path) -> None:
    """An attach configuration stops in a server started by hand, and ending the session leaves it up."""
    script = example / "src" / "score.py"
    with DevServer(script, "--model_dir", str(example), "--debug", "127.0.0.1:0") as server:
        server.wait_ready()
        attach = {"type": "devkit", "request": "attach", "name": "attach", "port": server.debug_port}
        _write(example / ".vscode" / "launch.json", {"version": "0.2.0", "configurations": [attach]})
        _write(example / ".vscode" / "settings.json", {"devkit.serverUrl": server.url})
        window.toggle_breakpoint("score.py", line_of(script, "predictions = "))
        window.status("attach")
        window.press("F5")
        window.see(".debug-toolbar")
        _stop_in_run(window, script)
        window.press("F5")
        window.see(_ANSWER)
        window.end_session()
        assert server.process.poll() is None


def test_a_task_serves_and_the_editor_attaches(window: Workbench, example: Path) -> None:
    """F5 starts the task, waits until the server is ready, asks nothing despite errors elsewhere, and attaches."""
    script, port = example / "src" / "score.py", free_port()
    ports = ["--debug", str(port), "--port", str(free_port())]
    serve = {"type": "devkit", "label": "serve", "file": "blue-deployment.yml", "args": ports}
    attach = {"type": "devkit", "request": "attach", "name": "attach", "port": port, "preLaunchTask": "serve"}
    _write(example / ".vscode" / "tasks.json", {"version": "2.0.0", "tasks": [serve]})
    _write(example / ".vscode" / "launch.json", {"version": "0.2.0", "configurations": [attach]})
    window.insert("endpoint.yml", 1, "auth_mode: [\n")
    window.see(".squiggly-error")
    window.toggle_breakpoint("score.py", line_of(script, "predictions = "))
    window.status("attach")
    window.press("F5")
    window.see(".debug-toolbar")
    _stop_in_run(window, script)
    window.press("F5")
    window.see(_ANSWER)
    window.shot("serve in a task and attach")
    window.end_session()
    window.insert("score.py", line_of(script, "    matrix = "), "    count = len(patients)\n")
    window.save()
    window.status("reload 1")
    window.command("Terminal: Kill the Active Terminal Instance")
    window.gone(".statusbar-item", "reload 1")


def test_attaching_to_a_deployment_in_a_container(browser: Browser, editor: CodeServer, tmp_path: Path) -> None:
    """F5 finds port and folders by itself and stops in this machine's file; a save is live and told; it serves on."""
    folder = tmp_path / "shop"
    pick = {"type": "devkit", "request": "attach", "name": "attach", "deployment": "${command:pickDeployment}"}
    _write(folder / ".vscode" / "launch.json", {"version": "0.2.0", "configurations": [pick]})
    with shop.shop_in_a_container(folder):
        window = Workbench(browser, editor, folder)
        window.toggle_breakpoint("score.py", shop.LINE)
        window.status("attach")
        window.command("View: Show Run and Debug")
        window.press("F5")
        window.see(".debug-toolbar")
        window.bound_at(shop.LINE)
        window.command(_INVOKE)
        window.stopped_at("score.py", shop.LINE)
        assert window.variable("number").endswith("21")
        window.shot("stopped in a container")
        window.press("F5")
        window.see(_ANSWER)
        window.see(".view-lines", '"twice": 42')
        window.insert("score.py", shop.LINE, "    number = 4\n")
        window.save()
        window.status("reload 1")
        window.end_session()
        assert json.loads(shop.ask(folder).communicate(timeout=60)[0]) == {"twice": 8}
        window.close()


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
