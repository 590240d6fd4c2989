from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import psutil
import pytest

from devkit.runtime.plan import DeploymentPlan, Flavour, ModelPlan
from devkit.runtime.process import ProcessRuntime
from devkit.runtime.protocol import CannotRunError, Instance, InstanceState
from devkit.workspace import Workspace
from tests.support.instances import await_ready, code_of, score, script_plan, serving
from tests.support.server import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOW = """
import os, subprocess, sys

def init():
    print("init is here", flush=True)

def run(data):
    if "child" in data:  # one that forgets where it comes from
        command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
        globals().setdefault("kept", []).append(child)
        return child.pid
    return {"cwd": os.getcwd(), "environ": dict(os.environ), "models": os.listdir(os.environ["AZUREML_MODEL_DIR"])}
"""
NOTHING = "def init(): pass\ndef run(data): return 1\n"
REFERENCE = "${{azureml://connections/db/credentials/password}}"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    space = Workspace(tmp_path / "space")
    space.prepare()
    return space


@pytest.fixture
def runtime(workspace: Workspace) -> Iterator[ProcessRuntime]:
    runtime = ProcessRuntime()
    yield runtime
    left = runtime.find(workspace.root)
    for instance in left:
        runtime.stop(instance, 0)
    assert not left


def folder_of(workspace: Workspace, number: int = 0) -> Path:
    return workspace.deployment("e", "blue") / f"1.{number}"


def test_an_instance_sees_what_the_service_shows_it(
    runtime: ProcessRuntime, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables, working directory and the layout below AZUREML_MODEL_DIR are there; the host's secrets are not."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "the developer's")
    model = workspace.root / "model.pkl"
    model.write_text("x")
    plan = script_plan(
        code_of(workspace.root / "src", SHOW), model=ModelPlan(model, "iris", "3"), variables={"MINE": "yes"}
    )
    with serving(runtime, plan, folder_of(workspace)) as instance:
        seen = score(instance, {})
        assert seen["models"] == ["model.pkl"]
        assert seen["environ"]["AZUREML_MODEL_DIR"].endswith("azureml-models/iris/3")
        assert seen["cwd"] == seen["environ"]["AML_APP_ROOT"]
        assert seen["environ"]["MINE"] == "yes"
        assert "AZURE_CLIENT_SECRET" not in seen["environ"]
        assert "init is here" in runtime.logs(instance, folder_of(workspace), 100)
        assert (runtime.memory_bytes(instance) or 0) > 1_000_000


def test_a_stop_leaves_no_process(runtime: ProcessRuntime, workspace: Workspace) -> None:
    """Children that the script started end with the instance, also those that cleaned their environment."""
    model = workspace.root / "m"
    model.mkdir()
    plan = script_plan(code_of(workspace.root / "src", SHOW), model=ModelPlan(model, "m", "1"))
    with serving(runtime, plan, folder_of(workspace)) as instance:
        child = score(instance, {"child": True})
        assert psutil.pid_exists(child)
    assert runtime.state(instance)[0] is not InstanceState.RUNNING
    eventually(lambda: not psutil.pid_exists(child), "the child is gone")
    runtime.stop(instance, 5)  # once more is no error


@pytest.mark.skipif(sys.platform == "win32", reason="the test sends SIGKILL")
def test_a_killed_instance_is_seen_at_once(runtime: ProcessRuntime, workspace: Workspace) -> None:
    """After kill -9 the state is exited, with the signal as its code, and nothing of it is found."""
    with serving(runtime, script_plan(code_of(workspace.root / "src", NOTHING)), folder_of(workspace)) as instance:
        os.kill(instance.handle["pid"], signal.SIGKILL)
        state = eventually(
            lambda: found if (found := runtime.state(instance))[0] is InstanceState.EXITED else None, "it has exited"
        )
        assert state == (InstanceState.EXITED, -signal.SIGKILL)
        assert runtime.find(workspace.root) == []


def test_a_script_that_fails_says_so_in_the_log(runtime: ProcessRuntime, workspace: Workspace) -> None:
    """When init() raises, the instance exits with 3, and its log has the script's own traceback."""
    plan = script_plan(code_of(workspace.root / "src", "def init(): 1 / 0\ndef run(data): return 1\n"))
    instance = runtime.start(plan, runtime.prepare(plan, lambda _: None), "e.blue.1.0", folder_of(workspace))
    state = eventually(
        lambda: found if (found := runtime.state(instance))[0] is not InstanceState.RUNNING else None, "it has ended"
    )
    assert state == (InstanceState.EXITED, 3)
    assert "ZeroDivisionError" in runtime.logs(instance, folder_of(workspace), 100)
    runtime.stop(instance, 1)


ANOTHER_CONTROL_PLANE = """
import json, sys
from pathlib import Path
from devkit.runtime.plan import CodePlan, DeploymentPlan, Flavour
from devkit.runtime.process import ProcessRuntime

plan = DeploymentPlan("e", "blue", Flavour.SCRIPT, code=CodePlan(Path(sys.argv[1]), "src", "score.py"))
runtime = ProcessRuntime()
instance = runtime.start(plan, runtime.prepare(plan, lambda line: None), "e.blue.1.0", Path(sys.argv[2]))
print(json.dumps(instance.to_json()), flush=True)
sys.stdin.read()
"""


def test_an_instance_outlives_its_control_plane_and_is_adopted(runtime: ProcessRuntime, workspace: Workspace) -> None:
    """Killed with its control plane the instance goes on; another one finds, asks, measures and stops it."""
    code = code_of(workspace.root / "src", NOTHING)
    command = [sys.executable, "-c", ANOTHER_CONTROL_PLANE, str(code.folder), str(folder_of(workspace))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        told = Instance.from_json(json.loads(other.stdout.readline()))
        other.kill()
    found = runtime.find(workspace.root)
    assert found == [told]
    await_ready(runtime, found[0])
    assert score(found[0], {}) == 1
    runtime.stop(found[0], 5)
    assert runtime.state(found[0]) == (InstanceState.GONE, None)


def test_instances_of_another_workspace_are_left_alone(
    runtime: ProcessRuntime, workspace: Workspace, tmp_path: Path
) -> None:
    """Only the workspace's own instances are found."""
    with serving(runtime, script_plan(code_of(workspace.root / "src", NOTHING)), folder_of(workspace)) as instance:
        assert runtime.find(tmp_path / "elsewhere") == []
        assert runtime.find(workspace.root) == [instance]


def test_a_process_id_that_was_given_again_is_not_touched(runtime: ProcessRuntime, workspace: Workspace) -> None:
    """What bears the id of a gone instance is somebody else: it is neither running nor stopped."""
    handle = {"pid": os.getpid(), "token": "of something gone", "folder": str(folder_of(workspace))}
    instance = Instance("e.blue.1.0", "process", handle, "127.0.0.1", {5001: 1})
    assert runtime.state(instance) == (InstanceState.GONE, None)
    runtime.stop(instance, 0)


def test_telemetry_goes_where_the_environment_says(
    runtime: ProcessRuntime, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With app_insights_enabled an instance exports its requests to where the host's variables say."""
    paths: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            paths.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.server_port}")
        plan = script_plan(code_of(workspace.root / "src", NOTHING), app_insights=True)
        with serving(runtime, plan, folder_of(workspace)) as instance:
            score(instance, {})
            eventually(lambda: "/v1/traces" in paths, "a span has come")
        receiver.shutdown()


def test_a_secret_is_in_the_environment_alone(
    runtime: ProcessRuntime, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script has the value; no file of the workspace, no log and no command line has."""
    monkeypatch.setenv("DEVKIT_SECRET_CONNECTIONS_DB_CREDENTIALS_PASSWORD", "hunter2-of-the-test")
    script = "import os\ndef init(): pass\ndef run(data): return len(os.environ['PASSWORD'])\n"
    plan = script_plan(code_of(workspace.root / "src", script), variables={"PASSWORD": REFERENCE})
    with serving(runtime, plan, folder_of(workspace)) as instance:
        assert score(instance, {}) == len("hunter2-of-the-test")
        process = psutil.Process(instance.handle["pid"])
        lines = [process.cmdline(), *(child.cmdline() for child in process.children(recursive=True))]
        assert "hunter2" not in str(lines)
        assert "hunter2" not in str(instance.to_json())
        files = [path for path in workspace.root.rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if b"hunter2" in path.read_bytes()]


def test_a_missing_secret_starts_nothing(runtime: ProcessRuntime, workspace: Workspace) -> None:
    """The start is refused by the service's name for it."""
    plan = script_plan(code_of(workspace.root / "src", NOTHING), variables={"PASSWORD": REFERENCE})
    prepared = runtime.prepare(plan, lambda _: None)
    with pytest.raises(CannotRunError, match="PASSWORD: azureml://connections/db/credentials/password") as caught:
        runtime.start(plan, prepared, "e.blue.1.0", folder_of(workspace))
    assert caught.value.code == "SecretsInjectionError"


def test_development_updates_live_and_listens_for_a_debugger(runtime: ProcessRuntime, workspace: Workspace) -> None:
    """Under dev a saved change answers without a restart, and the debug port is told."""
    code = code_of(workspace.root / "src", NOTHING)
    with serving(runtime, script_plan(code, dev=True), folder_of(workspace)) as instance:
        assert instance.debug_port
        assert f"debugger on 127.0.0.1:{instance.debug_port}" in runtime.logs(instance, folder_of(workspace), 100)
        (code.folder / "score.py").write_text("def init(): pass\ndef run(data): return 2\n")
        eventually(lambda: score(instance, {}) == 2, "the change answers")
    assert not [each for each in psutil.process_iter() if str(instance.debug_port) in str(_command_line(each))]


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.parametrize("flavour", [Flavour.TRITON, Flavour.CUSTOM])
def test_what_needs_a_container_is_refused(runtime: ProcessRuntime, flavour: Flavour) -> None:
    """Triton and custom containers are not taken for scripts; the message names the runtime that can."""
    with pytest.raises(CannotRunError, match="runtime docker") as caught:
        runtime.prepare(DeploymentPlan("e", "blue", flavour), lambda _: None)
    assert caught.value.code == "BadArgument"
