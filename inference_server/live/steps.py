"""The vocabulary of a plan: what one saved change asks the running process to do, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

    from inference_server.live.source import Kind

__all__ = ["Execute", "ForgetModule", "PatchCode", "Plan", "RemoveNames", "RestartProcess", "RunInit", "Step"]


@dataclass(frozen=True)
class PatchCode:
    """Give live functions the code compiled from the new file; each pair is (code they have, code they get)."""

    module: str
    pairs: tuple[tuple[CodeType, CodeType], ...]
    changed: tuple[str, ...] = ()
    """Qualified names whose behaviour changes; the other pairs only moved to other lines."""
    classes: tuple[tuple[str, int], ...] = ()
    """Classes that stay, with the line they begin on now: ``inspect`` asks them for it (Python 3.13)."""


@dataclass(frozen=True)
class RemoveNames:
    """Take names out of a module: those that are gone, and those that the next `Execute` steps set again."""

    module: str
    names: tuple[str, ...]
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Execute:
    """Execute one top-level statement in its module.

    `keep` names a function or class that stays the same object and takes over the new one's content. `hide` are names
    that a fresh start would bind only after this statement.
    """

    module: str
    code: CodeType
    line: int
    label: str
    kind: Kind
    reason: str
    keep: str | None = None
    hide: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ForgetModule:
    """Drop a module from ``sys.modules``: its file is gone, or nothing imports it any more."""

    module: str


@dataclass(frozen=True)
class RunInit:
    """Call the script's ``init()`` again."""

    reason: str


@dataclass(frozen=True)
class RestartProcess:
    """Nothing less than a new process gives the state of a fresh start."""

    reason: str


Step = PatchCode | RemoveNames | Execute | ForgetModule | RunInit | RestartProcess


@dataclass(frozen=True)
class Plan:
    """The steps in order; empty when nothing that runs has changed."""

    steps: tuple[Step, ...] = ()

    @property
    def restart(self) -> RestartProcess | None:
        """The restart this plan asks for; no other step is worth doing then."""
        return next((step for step in self.steps if isinstance(step, RestartProcess)), None)

    @property
    def init(self) -> RunInit | None:
        """The second call of ``init()`` this plan asks for."""
        return next((step for step in self.steps if isinstance(step, RunInit)), None)
