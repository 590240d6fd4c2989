"""A workspace with a control plane of its own, and what tests do with it: deploy, score, look at processes."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import psutil
import urllib3

from devkit.control_plane import daemon
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devkit.control_plane.client import Client
    from devkit.control_plane.polling import LongRunning

    Json = dict[str, Any]

__all__ = ["ECHO", "Workbench", "until"]

ECHO = """
import json
import os


def init():
    print("init of ANSWER")


def run(data):
    return {"answer": "ANSWER", "pid": os.getpid(), "data": json.loads(data)}
"""
_PATIENCE_SECONDS = 60.0


def until(condition: Callable[[], Any], what: str, seconds: float = _PATIENCE_SECONDS) -> Any:
    """Wait until `condition` gives something true, and return it."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"it did not come to pass within {seconds} s: {what}"
        time.sleep(0.02)
    return value


class Workbench:
    """One workspace below a test's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = Workspace(folder)

    @property
    def client(self) -> Client:
        """A client of the control plane, which is started if it does not run."""
        return daemon.client(self.workspace)

    def endpoint(self, name: str, **properties: Any) -> Json:
        """Create an endpoint, or change it."""
        body = {"location": "local", "properties": {"authMode": "Key", **properties}}
        return self.client.put_endpoint(name, body).wait(timeout_s=_PATIENCE_SECONDS)

    def code(self, text: str, version: str = "1") -> str:
        """Register a scoring script and give its id."""
        folder = self.folder / f"code-{version}"
        folder.mkdir(exist_ok=True)
        (folder / "score.py").write_text(text, encoding="utf-8")
        body = {"properties": {"codeUri": folder.as_uri()}}
        return str(self.client.put_version("codes", "code", version, body)["id"])

    def body(self, code: str, instances: int = 1, **properties: Any) -> Json:
        """A deployment's body; its probes are asked every second."""
        probe = {"initialDelay": "PT1S", "period": "PT1S", "timeout": "PT2S", "failureThreshold": 30}
        return {
            "location": "local",
            "sku": {"name": "Default", "capacity": instances},
            "properties": {
                "endpointComputeType": "Managed",
                "instanceType": "Standard_DS3_v2",
                "codeConfiguration": {"codeId": code, "scoringScript": "score.py"},
                "livenessProbe": probe,
                "readinessProbe": probe,
                **properties,
            },
        }

    def begin(self, endpoint: str, name: str, code: str, **more: Any) -> LongRunning:
        """Begin to deploy."""
        return self.client.put_deployment(endpoint, name, self.body(code, **more))

    def deploy(self, endpoint: str, name: str, code: str, **more: Any) -> Json:
        """Deploy and wait for it."""
        return self.begin(endpoint, name, code, **more).wait(timeout_s=_PATIENCE_SECONDS)

    def score(
        self, endpoint: str, deployment: str | None = None, key: str | None = None, timeout_s: float = 30
    ) -> Json:
        """Ask the endpoint's gateway; the status is beside the answer."""
        told = self.client.get_endpoint(endpoint)["properties"]
        headers = {"Authorization": f"Bearer {key or self.client.list_keys(endpoint)['primaryKey']}"}
        if deployment:
            headers["azureml-model-deployment"] = deployment
        return ask(told["scoringUri"], headers, timeout_s)

    def processes(self) -> dict[int, str]:
        """Every process that belongs to the workspace, with its command line."""
        told = {process.pid: _told(process) for process in psutil.process_iter()}
        return {pid: text for pid, text in told.items() if str(self.folder) in text}

    def close(self) -> None:
        """End the control plane with all that it runs."""
        daemon.stop(self.workspace)


def _told(process: psutil.Process) -> str:
    """A process's command line and environment; nothing of one that is gone or another user's."""
    try:
        return " ".join([*process.cmdline(), *process.environ().values()])
    except psutil.Error:
        return ""


def ask(address: str, headers: dict[str, str], timeout_s: float = 30) -> Json:
    """POST a small body once."""
    response = urllib3.request("POST", address, json={"n": 1}, headers=headers, retries=False, timeout=timeout_s)
    try:
        answer = json.loads(response.data)
    except ValueError:
        answer = response.data.decode()
    return {"status": response.status, "answer": answer}
