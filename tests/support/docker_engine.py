"""The engine and the image for tests marked `docker`: without them such a test is skipped, and under CI it fails."""

from __future__ import annotations

import contextlib
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from docker.errors import ImageNotFound

from devkit.runtime.docker import DockerRuntime
from devkit.runtime.docker_engine import connect
from devkit.runtime.plan import CodePlan, DeploymentPlan, EnvironmentPlan, Flavour, ModelPlan
from devkit.runtime.protocol import CannotRunError
from devkit.workspace import Workspace
from tests.docker.base_image import IMAGE

if TYPE_CHECKING:
    from docker import DockerClient

    from devkit.runtime.protocol import Instance, Prepared, Runtime

__all__ = ["Bench", "ask", "await_ready", "forget", "require_engine", "require_image", "without"]

_PATIENCE_S = 60.0


def require_engine() -> DockerClient:
    """A client of this machine's engine."""
    try:
        return connect()
    except CannotRunError as error:
        without(str(error))


def require_image() -> str:
    """The name of the image with the layout of the service's; `make test-docker` builds it."""
    client = require_engine()
    if not client.images.list(name=IMAGE):
        without(f"The image {IMAGE} is not there: make test-docker builds it.")
    return IMAGE


def forget(engine: DockerClient, repository: str) -> None:
    """Remove every name that the engine has of a repository: what is asked for next has to be pulled."""
    for image in engine.images.list(name=repository):
        for name in [*image.tags, *image.attrs["RepoDigests"]]:
            with contextlib.suppress(ImageNotFound):  # a digest goes with the last tag of its repository
                if name.startswith(repository):
                    engine.images.remove(name)


def without(reason: str) -> NoReturn:
    """Skip what cannot be tested here; under CI it fails."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Bench:
    """One workspace on the real engine."""

    root: Path
    engine: DockerClient
    runtime: DockerRuntime = field(default_factory=DockerRuntime)
    progress: list[str] = field(default_factory=list)
    """What the last `prepare` told."""

    @property
    def workspace(self) -> Workspace:
        """Its paths."""
        return Workspace(self.root)

    def plan(self, script: str, **changes: Any) -> DeploymentPlan:
        """A deployment of that score.py, with a model, on the base image alone."""
        code = self.root / "src"
        code.mkdir(exist_ok=True)
        (code / "score.py").write_text(script, encoding="utf-8")
        model = self.root / "model"
        model.mkdir(exist_ok=True)
        (model / "weights.txt").write_text("7", encoding="utf-8")
        usual: dict[str, Any] = {
            "endpoint": "e",
            "deployment": "blue",
            "flavour": Flavour.SCRIPT,
            "code": CodePlan(code, "src", "score.py"),
            "model": ModelPlan(model, "m", "1"),
            "environment": EnvironmentPlan(require_image()),
        }
        return DeploymentPlan(**{**usual, **changes})

    def prepare(self, plan: DeploymentPlan) -> Prepared:
        """Prepare, and keep what was told."""
        self.progress = []
        return self.runtime.prepare(plan, self.progress.append)

    def start(self, plan: DeploymentPlan, name: str = "e.blue.1.0", *, ready: bool = True) -> Instance:
        """Prepare, start, and wait until it answers."""
        folder = self.workspace.deployment(plan.endpoint, plan.deployment) / name
        instance = self.runtime.start(plan, self.prepare(plan), name, folder)
        if ready:
            await_ready(self.runtime, instance, plan.routes.liveness.port, plan.routes.liveness.path)
        return instance

    def container(self, instance: Instance) -> Any:
        """The engine's view of it."""
        return self.engine.containers.get(instance.handle["id"])

    def log(self, instance: Instance) -> str:
        """What it printed."""
        return self.runtime.logs(instance, Path(instance.handle["folder"]), 1000)


def ask(url: str, body: bytes | None = None) -> tuple[int, str]:
    """The status and the text of the answer, whatever the status."""
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310  of ours
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as response:  # noqa: S310  of ours
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def await_ready(runtime: Runtime, instance: Instance, port: int = 5001, path: str = "/") -> None:
    """Ask the health route until it says 200; with the instance's state and log when it never does."""
    deadline = time.monotonic() + _PATIENCE_S
    last = ""
    while time.monotonic() < deadline:
        try:
            status, last = ask(instance.url(port, path))
        except OSError as error:
            last = str(error)
        else:
            if status == 200:
                return
        time.sleep(0.1)
    state = runtime.state(instance)
    raise AssertionError(f"never ready ({last}), {state}:\n{_log(runtime, instance)}")


def _log(runtime: Runtime, instance: Instance) -> str:
    return runtime.logs(instance, Path(instance.handle["folder"]), 100)
