"""How instances of one generation of a deployment are started: its plan, its runtime, what was prepared for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Prepared, Progress, Runtime

__all__ = ["Recipe"]


class Recipe:
    """A plan with the runtime that runs it. It is prepared when the first instance needs it, and once."""

    def __init__(self, plan: DeploymentPlan, runtime: Runtime) -> None:
        self.plan = plan
        self.runtime = runtime
        self._lock = threading.Lock()
        self._prepared: Prepared | None = None

    def prepared(self, tell: Progress | None = None) -> Prepared:
        """What the runtime prepared for the plan.

        Raises:
            CannotRunError: it cannot be built here.
        """
        with self._lock:
            if self._prepared is None:
                self._prepared = self.runtime.prepare(self.plan, tell or _say_nothing)
            return self._prepared


def _say_nothing(line: str) -> None:
    """Nobody waits for what is prepared late."""
