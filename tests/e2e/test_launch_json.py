"""The ``.vscode/launch.json`` of the examples, started word for word as VS Code would start it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devkit.editor.vscode import Deployment, launch_configurations
from inference_server.settings import load
from tests.support.dap import DapClient
from tests.support.dev_server import DevServer, ask, ask_in_background, wait_until

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.parents[1] for path in EXAMPLES.glob("*/.vscode/launch.json"))


@pytest.fixture(params=FOLDERS, ids=[folder.name for folder in FOLDERS])
def example(request: pytest.FixtureRequest) -> Path:
    """An example whose model is trained."""
    folder: Path = request.param
    if (folder / "train.py").exists() and not any((folder / "model").glob("*.joblib")):
        subprocess.run([sys.executable, folder / "train.py"], check=True)
    return folder


def _configuration(folder: Path, request: str) -> dict[str, Any]:
    text = (folder / ".vscode" / "launch.json").read_text().replace("${workspaceFolder}", str(folder))
    (found,) = [each for each in json.loads(text)["configurations"] if each["request"] == request]
    return dict(found)


def _line_in_run(script: Path) -> int:
    source = script.read_text().splitlines()
    run = next(number for number, line in enumerate(source, 1) if line.startswith("def run("))
    return next(number for number, line in enumerate(source, 1) if number > run and " = " in line)


def test_the_launch_configuration_serves_and_stops_in_run(example: Path) -> None:
    """F5 on a fresh clone: the server starts in the terminal, a breakpoint in run() stops, Stop ends the server."""
    configuration = _configuration(example, "launch")
    assert "--port" not in configuration["args"], "the test chooses a free port by SERVER_PORT"
    configuration["env"] = configuration.get("env", {}) | {"SERVER_PORT": "0"}
    configuration["python"] = [sys.executable]  # the interpreter that the user has selected in VS Code
    script = example / "src" / "score.py"
    with DapClient.adapter() as editor:
        editor.launch({script: [_line_in_run(script)]}, **configuration)
        wait_until(lambda: "Listening on" in editor.output(), "the server listens", editor.output)
        (url,) = re.findall(r"Listening on (\S+)", editor.output())
        wait_until(lambda: ask(url, "/readyz").status == 200, "the model is loaded", editor.output)
        held = ask_in_background(url, "/score", (example / "sample-request.json").read_text())
        stop = editor.stopped()
        assert [frame.name for frame in stop.frames] == ["run"]
        editor.resume(stop)
        assert held.result(10).status == 200
        editor.request("disconnect", terminateDebuggee=True)


def test_the_attach_configuration_fits_the_port_that_debug_listens_on(example: Path) -> None:
    """`infsrv --dev --debug` without a port listens where the attach configuration connects, and attaching works."""
    configuration = _configuration(example, "attach")
    default = load(["--dev", "--debug", "--entry_script", "score.py"], {}, str(example)).settings.debug
    assert default == (configuration["connect"]["host"], configuration["connect"]["port"])
    script = example / "src" / "score.py"
    arguments = ("--model_dir", str(example / "model"), "--debug", "127.0.0.1:0")
    with DevServer(script, *arguments) as server, DapClient.connect(server.debug_port) as editor:
        server.wait_ready()
        configuration["connect"]["port"] = server.debug_port
        editor.attach({script: [_line_in_run(script)]}, **configuration)
        held = ask_in_background(server.url, "/score", (example / "sample-request.json").read_text())
        editor.resume(editor.stopped())
        assert held.result(10).status == 200
        editor.disconnect()


def test_what_devkit_vscode_writes_serves_and_stops_in_run(example: Path) -> None:
    """The configuration that it writes for a deployment serves it, and a breakpoint in run() stops."""
    configuration = next(
        each for each in launch_configurations([Deployment("blue-deployment.yml")]) if "debug blue" in each["name"]
    )
    text = json.dumps(configuration).replace("${workspaceFolder}", str(example))
    configuration = json.loads(text) | {"env": {"SERVER_PORT": "0"}, "python": [sys.executable]}
    script = example / "src" / "score.py"
    with DapClient.adapter() as editor:
        editor.launch({script: [_line_in_run(script)]}, **configuration)
        wait_until(lambda: "Listening on" in editor.output(), "the server listens", editor.output)
        (url,) = re.findall(r"Listening on (\S+)", editor.output())
        wait_until(lambda: ask(url, "/readyz").status == 200, "the model is loaded", editor.output)
        held = ask_in_background(url, "/score", (example / "sample-request.json").read_text())
        editor.resume(editor.stopped())
        assert held.result(10).status == 200
        editor.request("disconnect", terminateDebuggee=True)
