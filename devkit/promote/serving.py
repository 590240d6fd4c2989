"""One instance of a deployment while it is measured: started, ready, and stopped afterwards."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from devkit.control_plane.asking import answers
from devkit.promote.errors import PromotionError
from devkit.runtime.protocol import InstanceState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Instance, Prepared, Runtime
    from devkit.workspace import Workspace

__all__ = ["RuntimeName", "production_plan", "ready_within", "served", "working_folder"]

RuntimeName = Literal["process", "docker"]

LOG_LINES = 60
_GRACE_S = 10.0
_LOOK_EVERY_S = 0.05
_HOMES = {
    "HOME": "",
    "USERPROFILE": "",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".data",
}


def production_plan(plan: DeploymentPlan, folder: Path, runtime: RuntimeName) -> DeploymentPlan:
    """The plan as it is validated: a process gets an empty HOME, so that caches of this machine do not help it.

    A container has a HOME of its own. What the deployment sets itself stays.
    """
    if runtime == "docker":
        return plan
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    homes = {name: str(home / below) for name, below in _HOMES.items()}
    return replace(plan, variables={**homes, **plan.variables})


@contextmanager
def working_folder(workspace: Workspace) -> Iterator[Path]:
    """A folder for an instance, gone afterwards."""
    parent = workspace.folder / "validations"
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="validation-", dir=parent))
    folder.chmod(0o755)  # the container's user is another one; the workspace's folder keeps others out
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(runtime: Runtime, plan: DeploymentPlan, prepared: Prepared, folder: Path) -> Iterator[Instance]:
    """An instance that is ready.

    Raises:
        PromotionError: it ended, or was not ready in the time that its readiness probe gives it.
        CannotRunError: it could not be started.
    """
    instance = runtime.start(plan, prepared, f"{plan.endpoint}.{plan.deployment}.{folder.name}", folder)
    try:
        _await_ready(runtime, instance, plan, folder)
        yield instance
    finally:
        runtime.stop(instance, _GRACE_S)


def ready_within(plan: DeploymentPlan) -> float:
    """The seconds that the readiness probe gives an instance."""
    probe = plan.readiness
    return probe.initial_delay_s + probe.period_s * probe.failure_threshold


def _await_ready(runtime: Runtime, instance: Instance, plan: DeploymentPlan, folder: Path) -> None:
    allowed, route = ready_within(plan), plan.routes.readiness
    deadline = time.monotonic() + allowed
    while not answers(instance.host, instance.ports[route.port], route.path, plan.readiness.timeout_s):
        state, code = runtime.state(instance)
        if state is not InstanceState.RUNNING:
            told = "" if code is None else f" with code {code}"
            raise PromotionError(
                f"The instance ended{told} before it was ready.", log=runtime.logs(instance, folder, LOG_LINES)
            )
        if time.monotonic() > deadline:
            raise PromotionError(
                f"The instance was not ready after {allowed:g} s, which is what its readiness probe gives it. Mend "
                "init(), or give it more time under readiness_probe.",
                log=runtime.logs(instance, folder, LOG_LINES),
            )
        time.sleep(_LOOK_EVERY_S)
