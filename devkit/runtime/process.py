"""The runtime `process`: an instance is the inference server in a process of its own, without Docker.

The process leads a session of its own, so that it outlives the control plane, and carries a mark by which another
control plane finds it again (`process_marks`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil

from devkit.runtime.instance_environment import deployment_variables, inherited
from devkit.runtime.orphans import end_orphans
from devkit.runtime.placing import place
from devkit.runtime.ports import PortChooser
from devkit.runtime.process_environment import prepare_environment
from devkit.runtime.process_log import LOG, cut_log, tail
from devkit.runtime.process_marks import FIRST_FILE, MARK, Mark, mark_of, marked_processes, members
from devkit.runtime.protocol import CannotRunError, Instance, InstanceState, Prepared, Progress
from devkit.runtime.secrets import resolve_secrets
from devkit.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.runtime.plan import DeploymentPlan

__all__ = ["ProcessRuntime"]

_HOST: Final = "127.0.0.1"
_HEALTH_PORT: Final = 5000
_HEALTH_VARIABLES: Final = ("SEPARATE_HEALTH_ENDPOINT", "SEPERATE_HEALTH_ENDPOINT")
_AFTER_FORCE_S: Final = 10.0
_TELEMETRY: Final = {"AML_APP_INSIGHTS_KEY": "00000000-0000-0000-0000-000000000000"}
"""The server wants a key before it exports; ours exports to a collector, which asks for none."""
_OWN_GROUP: Final[int] = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""On Windows: so that Ctrl+Break reaches the instance alone."""
_FIRST: Final = Path(__file__).with_name(FIRST_FILE)


class ProcessRuntime:
    """Instances as processes of this machine. Safe to use from several threads."""

    name = "process"

    def __init__(self) -> None:
        self._ports = PortChooser()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._log_lock = threading.Lock()

    def prepare(self, plan: DeploymentPlan, progress: Progress) -> Prepared:
        """Choose or build the interpreter that the instances run in; see `process_environment`.

        Raises:
            CannotRunError: the deployment needs a container, or its environment cannot be built here.
        """
        return prepare_environment(plan, progress)

    def start(self, plan: DeploymentPlan, prepared: Prepared, name: str, folder: Path) -> Instance:
        """Start one instance; its log is `inference-server.log` in its folder.

        Raises:
            CannotRunError: a secret is missing, something to be placed is gone, or the system refused.
        """
        folder = folder.absolute()
        workspace = find_workspace(folder)
        secrets = resolve_secrets(plan.variables, workspace.folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            mark = self._mark(plan, name, folder)
            environment = {
                **inherited(os.environ, telemetry=plan.app_insights),
                "PATH": _path_of(prepared.details["python"]),
                "PYTHONUNBUFFERED": "1",
                **(_TELEMETRY if plan.app_insights else {}),
                **deployment_variables(plan, place(plan, folder), instance=name, workspace=workspace.root.name),
                **secrets,
                MARK: mark.text(),
            }
            process = _spawn(_command(plan, prepared, mark), environment, folder)
        except OSError as error:
            raise CannotRunError(f"The instance {name} could not be started: {error}.") from error
        self._children[mark.token] = process
        return _instance(process.pid, mark)

    def state(self, instance: Instance) -> tuple[InstanceState, int | None]:
        """Whether its process runs; the exit code is known of the processes that this runtime started itself.

        Whoever watches an instance asks this often, and so its log is kept within its bounds here: 20 MB.
        """
        with self._log_lock:
            cut_log(Path(instance.handle["folder"]) / LOG)
        process = self._children.get(instance.handle["token"])
        if process is not None:
            code = process.poll()
            return (InstanceState.RUNNING, None) if code is None else (InstanceState.EXITED, code)
        return (InstanceState.RUNNING if _runs(instance) else InstanceState.GONE), None

    def stop(self, instance: Instance, grace_s: float) -> None:
        """Ask it to finish the requests under way and to end; after `grace_s` end all its processes by force."""
        if _runs(instance):
            _ask_to_end(instance.handle["pid"])
            self._await_end(instance, grace_s)
        _kill_all(instance)
        process = self._children.pop(instance.handle["token"], None)
        if process is not None:
            process.wait(_AFTER_FORCE_S)

    def logs(self, instance: Instance, folder: Path, lines: int) -> str:  # noqa: ARG002  the protocol's; the folder tells
        """The last lines that server and script printed."""
        return tail(folder / LOG, lines)

    def memory_bytes(self, instance: Instance) -> int | None:
        """The resident memory of the server's master and its workers; pages that they share count twice."""
        if not _runs(instance):
            return None
        try:
            first = psutil.Process(instance.handle["pid"])
            return sum(_resident(each) for each in (first, *first.children(recursive=True)))
        except psutil.Error:
            return None

    def find(self, workspace: Path) -> list[Instance]:
        """Every instance of the workspace that runs now, by the marks of this machine's processes.

        Installers that a killed control plane left are ended: they would keep what is built next waiting.
        """
        end_orphans()
        return [_instance(pid, mark) for pid, mark in marked_processes(Workspace(workspace.absolute()).folder)]

    def _mark(self, plan: DeploymentPlan, name: str, folder: Path) -> Mark:
        port = self._ports.choose()
        routes = plan.routes
        ports = {str(route.port): port for route in (routes.scoring, routes.liveness, routes.readiness)}
        if any(plan.variables.get(each, "").lower() == "true" for each in _HEALTH_VARIABLES):
            ports[str(_HEALTH_PORT)] = self._ports.choose()
        debug_port = self._ports.choose() if plan.dev else None
        return Mark(name, str(folder), uuid.uuid4().hex, ports, debug_port)

    def _await_end(self, instance: Instance, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.state(instance)[0] is InstanceState.RUNNING:
            time.sleep(0.02)


def _instance(pid: int, mark: Mark) -> Instance:
    ports = {int(inside): outside for inside, outside in mark.ports.items()}
    handle: dict[str, Any] = {"pid": pid, "token": mark.token, "folder": mark.folder}
    return Instance(mark.name, ProcessRuntime.name, handle, _HOST, ports, mark.debug_port)


def _path_of(python: str) -> str:
    """PATH with the interpreter's own commands first, as an activated environment has it."""
    return os.pathsep.join(filter(None, (str(Path(python).parent), os.environ.get("PATH", os.defpath))))


def _command(plan: DeploymentPlan, prepared: Prepared, mark: Mark) -> list[str]:
    command = [prepared.details["python"], str(_FIRST), prepared.details.get("folders", "")]
    command += ["--host", _HOST, "--port", str(mark.ports[str(plan.routes.scoring.port)])]
    if str(_HEALTH_PORT) in mark.ports and plan.routes.scoring.port != _HEALTH_PORT:
        command += ["--health_port", str(mark.ports[str(_HEALTH_PORT)])]
    if prepared.details.get("development") and not plan.dev:
        command.append("--dev")
    if plan.dev:
        command += ["--dev", "--debug", f"{_HOST}:{mark.debug_port}"]
    return command


def _spawn(command: list[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """Start it in a session of its own; its working directory is AML_APP_ROOT, as in the container."""
    with (folder / LOG).open("ab") as log:
        return subprocess.Popen(  # noqa: S603  the deployment's interpreter and our own file
            command,
            cwd=environment.get("AML_APP_ROOT", folder),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=sys.platform != "win32",
            creationflags=_OWN_GROUP,
        )


def _runs(instance: Instance) -> bool:
    mark = mark_of(instance.handle["pid"])
    return mark is not None and mark.token == instance.handle["token"]


def _ask_to_end(pid: int) -> None:
    with contextlib.suppress(OSError):  # it has ended meanwhile, or shares no console with us
        if sys.platform == "win32":
            os.kill(pid, signal.CTRL_BREAK_EVENT)
        else:
            os.kill(pid, signal.SIGTERM)


def _kill_all(instance: Instance) -> None:
    remaining = members(instance.handle["pid"], instance.handle["token"])
    for process in remaining:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(remaining, timeout=_AFTER_FORCE_S)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
