"""What a runtime is: it prepares an environment, and starts, watches and stops instances in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.runtime.plan import DeploymentPlan

__all__ = ["CannotRunError", "Instance", "InstanceState", "Prepared", "Progress", "Runtime"]

Progress = Callable[[str], None]
"""Takes one line of what is going on, for the user to read."""


class CannotRunError(Exception):
    """A runtime could not do it. ``str(error)`` says what happened, why, and what to do.

    Attributes:
        code: the service's name for it: ImageBuildFailure, BadArgument, OutOfQuota, ResourceNotReady,
            SecretsInjectionError, InternalServerError.
        log: the end of what the build or the script printed, whole lines; empty where there is none.
    """

    def __init__(self, message: str, *, code: str = "InternalServerError", log: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.log = log


class InstanceState(Enum):
    """What the system says of an instance; whether it answers is the probes' matter."""

    RUNNING = "running"
    EXITED = "exited"
    GONE = "gone"
    """Nobody knows it: the process id belongs to something else, or the container was removed."""


@dataclass(frozen=True)
class Prepared:
    """An environment that is ready to start instances of one plan."""

    digest: str
    """Of what it was made from; equal digests mean equal environments."""
    details: Mapping[str, str]
    """What the runtime needs to start: an interpreter's path, an image id."""
    not_honoured: tuple[str, ...] = ()
    """What of the deployment this runtime could not do, each a sentence for the user."""


@dataclass(frozen=True)
class Instance:
    """One running instance, as it is kept in the state: all JSON."""

    name: str
    """Unique in the workspace: <endpoint>.<deployment>.<generation>.<number>."""
    runtime: str
    handle: Mapping[str, Any]
    """How the runtime finds it again: process id and start time, or a container id."""
    host: str
    ports: Mapping[int, int]
    """The port on this machine for each port of the instance (5001 → 49153); a process maps it likewise."""
    debug_port: int | None = None
    path_mappings: Mapping[str, str] = field(default_factory=dict)
    """For a debugger: folders of this machine, and what they are called in the instance, where that is another name."""

    def url(self, port: int, path: str) -> str:
        """The address of a route of the instance on this machine."""
        return f"http://{self.host}:{self.ports[port]}{path}"

    def to_json(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {**asdict(self), "ports": {str(inside): outside for inside, outside in self.ports.items()}}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Instance:
        """What `to_json` gave."""
        return cls(**{**value, "ports": {int(inside): outside for inside, outside in value["ports"].items()}})


class Runtime(Protocol):
    """Starts instances of a deployment plan: as processes, or as containers. Methods block; call them in threads."""

    name: str
    """`process` or `docker`: also what the state and `show` call it."""

    def prepare(self, plan: DeploymentPlan, progress: Progress) -> Prepared:
        """Build what the plan runs in: a virtual environment, an image. Cached by content; may take minutes.

        Raises:
            CannotRunError: it cannot be built here; nothing half-built is left to be taken for whole.
        """
        ...

    def start(self, plan: DeploymentPlan, prepared: Prepared, name: str, folder: Path) -> Instance:
        """Start one instance and return at once; the probes tell when it is ready.

        Args:
            plan: what to run.
            prepared: what `prepare` gave for the plan.
            name: the instance's name, unique in the workspace.
            folder: a folder of its own, for its log and what else it needs. The caller keeps and removes it.

        Raises:
            CannotRunError: it could not even be started (a secret is missing, the engine refused).
        """
        ...

    def state(self, instance: Instance) -> tuple[InstanceState, int | None]:
        """Whether it runs, and its exit code once it has exited."""
        ...

    def stop(self, instance: Instance, grace_s: float) -> None:
        """End it: politely, and by force after `grace_s`. Ending what is gone is no error. Returns when it is gone."""
        ...

    def logs(self, instance: Instance, folder: Path, lines: int) -> str:
        """The last lines that it printed, also after its end for as long as `folder` is kept."""
        ...

    def memory_bytes(self, instance: Instance) -> int | None:
        """The resident memory of the whole instance; None when it cannot be told."""
        ...

    def find(self, workspace: Path) -> list[Instance]:
        """Every instance of the workspace that runs now, whether the state knows it or not: to adopt or to remove."""
        ...
