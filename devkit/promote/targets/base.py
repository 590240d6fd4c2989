"""What a target is: a backend that takes a deployment at 0 % traffic, answers golden requests, then gets traffic."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.endpoints.documents import Document
    from devkit.golden.replay import ReplayTarget
    from devkit.promote.digests import Digests
    from devkit.promote.receipt import Receipt
    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Progress
    from devkit.workspace import Workspace

__all__ = ["Change", "Desired", "Observed", "Opener", "Proof", "Target", "TargetError", "TargetState"]

Verb = Literal["create", "change", "reuse", "keep"]
Proof = Literal["any", "docker"]
"""Which receipt a target wants: of any runtime, or of the Docker runtime, with the image that it will run."""

_LEAST_PATIENCE_S: Final = 60.0
"""A backend far away may take longer than the deployment itself."""


class TargetError(Exception):
    """A target could not do it. ``str(error)`` says what happened, why, and what to do.

    Attributes:
        code: the backend's name for it; empty where it has none.
        log: the end of what the container or the build printed; empty where there is none.
    """

    def __init__(self, message: str, *, code: str = "", log: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.log = log


@dataclass(frozen=True)
class Desired:
    """What is promoted. A value that a target gets when it is opened; equal on every resumption."""

    promotion: str
    """The promotion's id. Whatever a target makes bears it (a label, a tag): only that may ever be deleted."""
    deployment: Document
    """The deployment's YAML, checked; its block has a name and an endpoint's name."""
    endpoint: Document | None
    """The endpoint's YAML where the project has one."""
    plan: DeploymentPlan
    """The same, resolved on this machine: code, model and environment as folders and values."""
    digests: Digests
    receipt: Receipt | None
    """None only for what is promoted unvalidated, and for a plan."""

    @property
    def replay_timeout_s(self) -> float:
        """How long a golden request may take: never less than the deployment grants it, its time in the queue included.

        So what was answered in time when it was validated is not given up here.
        """
        requests = self.plan.requests
        return max(_LEAST_PATIENCE_S, requests.timeout_s + requests.max_queue_wait_s)


@dataclass(frozen=True)
class TargetState:
    """What is at the target, as far as a promotion may change it. All JSON: the journal keeps it."""

    fingerprint: str
    """Changes whenever anybody changes the endpoint, its deployments or its traffic; an etag, or a digest of them."""
    exists: bool = False
    """Whether the endpoint is there."""
    deployments: Sequence[str] = ()
    """Names, sorted."""
    traffic: Mapping[str, int] = field(default_factory=dict)
    """Percent by deployment."""
    mirror: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the target itself needs to come back to this state."""

    def to_json(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {**asdict(self), "deployments": list(self.deployments)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TargetState:
        """What `to_json` gave."""
        return cls(**{**value, "deployments": tuple(value["deployments"])})


@dataclass(frozen=True)
class Change:
    """One line of a plan."""

    verb: Verb
    what: str
    """As the backend calls it: ``deployment green``, ``code version 3f9a…``, ``image sha256:…``."""
    details: Sequence[str] = ()
    """Each a line: ``instance_count: 1 -> 2``."""

    def __str__(self) -> str:
        """The change and its details, a line each."""
        sign = {"create": "+", "change": "~", "reuse": "=", "keep": "="}[self.verb]
        return "\n".join([f"{sign} {self.verb} {self.what}", *(f"    {each}" for each in self.details)])


@dataclass(frozen=True)
class Observed:
    """What the deployment has answered since it was made."""

    requests: int
    errors: int
    """Of them, answered with 5xx, or not at all."""


class Target(Protocol):
    """A backend, opened for one promotion. Methods block and raise `TargetError`.

    Each can be called again after the promoter was killed in the middle of it: it then finds what it has made (by the
    promotion's id) and comes to the same end. Opening a target and `plan` without a state touch no network.
    """

    @property
    def name(self) -> str:
        """For people and for the journal: the address, without anything secret."""
        ...

    @property
    def place(self) -> str:
        """What the address stands for at this moment, such as the engine of ``docker:``; nothing secret, no network."""
        ...

    @property
    def proof(self) -> Proof:
        """Which receipt it wants."""
        ...

    @property
    def can_mirror(self) -> bool:
        """Whether `set_mirror` works."""
        ...

    def cautions(self) -> Sequence[str]:
        """What the backend will decide anew, so that the receipt does not prove it: asked about unless ``--yes``."""
        ...

    def preflight(self) -> None:
        """Ask for everything that could refuse later: reachability, rights, quota, GPUs, disk. Changes nothing."""
        ...

    def state(self) -> TargetState:
        """What is there now."""
        ...

    def plan(self, state: TargetState | None) -> Sequence[Change]:
        """What will change against `state`; offline, and against nothing, if None."""
        ...

    def ship(self, progress: Progress) -> None:
        """Bring image, code, model and environment there, by digest; what is there already is taken as it is."""
        ...

    def create(self, progress: Progress) -> None:
        """Make the endpoint if there is none, and the deployment at 0 % traffic. Returns before it is ready."""
        ...

    def wait(self, progress: Progress) -> None:
        """Return when the deployment is ready; raise with its log when it will not be."""
        ...

    def replay_target(self) -> ReplayTarget:
        """Where the new deployment is asked, past the traffic."""
        ...

    def set_mirror(self, percent: int) -> None:
        """Copy this share of the live traffic to the new deployment; 0 ends it. Only where `can_mirror`."""
        ...

    def set_traffic(self, shares: Mapping[str, int]) -> None:
        """Share the live traffic: percent by deployment, 100 in sum; empty for none at all."""
        ...

    def observe(self) -> Observed | None:
        """What the new deployment answered so far.

        None where the backend does not tell in time: golden requests are then sent during each hold and counted.
        """
        ...

    def restore(self, state: TargetState, progress: Progress) -> None:
        """Come back to `state`: its traffic and mirror, then delete what bears the promotion's id, nothing else."""
        ...

    def logs(self) -> str:
        """The last lines that the new deployment printed; empty where there is none."""
        ...

    def how_to_ask(self) -> Sequence[str]:
        """A line each: where clients ask what serves now, and where its key is found. No key stands in them."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...


class Opener(Protocol):
    """How a target's module opens it: ``open_target`` in each module that `devkit.promote.targets` names."""

    def __call__(self, address: str, desired: Desired, workspace: Workspace, options: Mapping[str, str]) -> Target:
        """Open it.

        Args:
            address: what follows the scheme in ``--to``.
            desired: what is promoted.
            workspace: where the kit's state lies on this machine.
            options: ``--target-option NAME=VALUE``, the target's own.

        Raises:
            TargetError: the address or an option means nothing.
        """
        ...
