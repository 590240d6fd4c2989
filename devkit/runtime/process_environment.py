"""Which interpreter the instances of a deployment run in, when they are processes."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from devkit.runtime.interpreters import current_interpreter, named_interpreter
from devkit.runtime.plan import Flavour
from devkit.runtime.protocol import CannotRunError, Prepared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Progress

__all__ = ["prepare_environment"]


def prepare_environment(plan: DeploymentPlan, progress: Progress) -> Prepared:
    """Choose or build the interpreter.

    Raises:
        CannotRunError: the deployment needs a container, or its environment cannot be built here.
    """
    _refuse_containers(plan)
    interpreter = current_interpreter() if plan.python is None else named_interpreter(plan.python)
    progress(f"Instances run in {interpreter.path}, Python {interpreter.version}.")
    return _prepared({"python": interpreter.path, "version": interpreter.version}, ())


def _prepared(details: Mapping[str, str], not_honoured: tuple[str, ...]) -> Prepared:
    digest = hashlib.sha256(json.dumps(details, sort_keys=True).encode()).hexdigest()
    return Prepared(digest, dict(details), not_honoured)


def _refuse_containers(plan: DeploymentPlan) -> None:
    if plan.flavour in {Flavour.SCRIPT, Flavour.MLFLOW}:
        return
    what = "Triton" if plan.flavour is Flavour.TRITON else "A container with a server of its own"
    raise CannotRunError(
        f"{what} runs in a container alone. Use the runtime docker for {plan.endpoint}/{plan.deployment}.",
        code="BadArgument",
    )
