"""What the steps of a promotion share."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.promote.targets import open_target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devkit.golden.requests import Golden
    from devkit.promote.journal import Journal
    from devkit.promote.receipt import Receipt
    from devkit.promote.resolving import Resolved
    from devkit.promote.targets.base import Target, TargetState
    from devkit.workspace import Workspace

__all__ = ["Context", "Terms"]


@dataclass(frozen=True)
class Terms:
    """How a promotion meets the user and the clock; a test has others."""

    tell: Callable[[str], None]
    """One line of what goes on."""
    ask: Callable[[str], bool]
    """Whether to go on."""
    pause: Callable[[float], None] = time.sleep
    open_target: Callable[..., Target] = open_target


@dataclass
class Context:
    """One promotion in the making."""

    workspace: Workspace
    journal: Journal
    terms: Terms
    plan_only: bool = False
    resolved: Resolved | None = None
    goldens: Sequence[Golden] = field(default_factory=list)
    receipt: Receipt | None = None
    opened: Target | None = None
    before: TargetState | None = None

    @property
    def subject(self) -> Resolved:
        """What is promoted; the first step has resolved it."""
        assert self.resolved is not None  # noqa: S101  the order of the steps
        return self.resolved

    @property
    def target(self) -> Target:
        """The target; the step `prove` has opened it."""
        assert self.opened is not None  # noqa: S101  the order of the steps
        return self.opened

    @property
    def state_before(self) -> TargetState:
        """What was there; the step `plan` has asked."""
        assert self.before is not None  # noqa: S101  the order of the steps
        return self.before

    def tell(self, line: str) -> None:
        """Tell a line, and keep it in the journal with the step's next writing."""
        if self.journal.steps:
            self.journal.steps[-1].lines.append(line)
        self.terms.tell(line)

    def save(self) -> None:
        """Write the journal."""
        self.journal.write(self.workspace)
