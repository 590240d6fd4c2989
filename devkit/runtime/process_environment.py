"""Which interpreter the instances of a deployment run in, when they are processes.

The deployment's property `devkit.python` decides:

- absent: the interpreter of the kit when it has what the conda file asks for (nothing is built, the
  instance is ready at once), else a virtual environment built from the conda file;
- `current`: the interpreter of the kit, whatever the conda file says;
- `venv`: a virtual environment built from the conda file, always;
- `conda`, `mamba`, `micromamba`: an environment made by that program;
- a path or a command: that interpreter.

Where the chosen one lacks the server, it is brought there (`injection`). What of the deployment could not be honoured
is told in `Prepared.not_honoured`.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import yaml

from devkit.runtime.conda_file import CondaRequirements, read_conda, unsatisfied
from devkit.runtime.injection import injection_for
from devkit.runtime.interpreters import current_interpreter, named_interpreter
from devkit.runtime.plan import Flavour
from devkit.runtime.protocol import CannotRunError, Prepared
from devkit.runtime.venvs import CONDA_TOOLS, build_conda, build_venv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.runtime.interpreters import Interpreter
    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Progress

__all__ = ["conda_of", "prepare_environment"]

_CURRENT: Final = "current"
_VENV: Final = "venv"
_TELEMETRY: Final = frozenset({"opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"})
_SHOWN: Final = 5
"""How many missing packages a sentence names."""


def prepare_environment(plan: DeploymentPlan, progress: Progress) -> Prepared:
    """Choose or build the interpreter.

    Raises:
        CannotRunError: the deployment needs a container, or its environment cannot be built here.
    """
    _refuse_containers(plan)
    _refuse_isolation(plan)
    conda = conda_of(plan)
    wanted = read_conda(conda) if conda is not None else CondaRequirements("", ())
    interpreter, notes = _choose(plan.python, conda, wanted, progress)
    progress(f"Instances run in {interpreter.path}, Python {interpreter.version}.")
    details = {"python": interpreter.path, "version": interpreter.version}
    if not interpreter.can_serve:
        injection = injection_for(interpreter.minor, progress=progress)
        details["folders"] = str(injection.folder / "packages")
        if not injection.production:
            details["development"] = "true"
            notes = (*notes, _without_granian(interpreter))
    if plan.app_insights and not interpreter.installed.keys() >= _TELEMETRY:
        notes = (*notes, _without_telemetry(interpreter))
    return _prepared(details, (*_about_the_image(plan), *notes))


def _choose(
    python: str | None, conda: Mapping[str, Any] | None, wanted: CondaRequirements, progress: Progress
) -> tuple[Interpreter, tuple[str, ...]]:
    """The interpreter, and sentences about what it lacks."""
    own = current_interpreter()
    if python is not None and python in CONDA_TOOLS and conda is not None:
        return build_conda(python, conda, progress), ()
    if python in {None, _VENV} and conda is not None:
        lacking = unsatisfied(wanted, own)
        if python is None and not lacking:
            return own, wanted.not_honoured
        progress(f"Building an environment from the conda file{_for_lack_of(lacking)}.")
        return build_venv(wanted, progress), wanted.not_honoured
    chosen = own if python is None or python in {_CURRENT, _VENV, *CONDA_TOOLS} else named_interpreter(python)
    lacking = unsatisfied(wanted, chosen)
    notes = (f"{chosen.path} lacks what the conda file asks for: {_some(lacking)}.",) if lacking else ()
    return chosen, (*notes, *wanted.not_honoured)


def _for_lack_of(lacking: tuple[str, ...]) -> str:
    return f", since this interpreter lacks {_some(lacking)}" if lacking else ""


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def conda_of(plan: DeploymentPlan) -> Mapping[str, Any] | None:
    """The deployment's conda file; for an MLflow model without code the model's own.

    Raises:
        CannotRunError: the model's cannot be read.
    """
    if plan.environment.conda is not None:
        return plan.environment.conda
    if plan.flavour is Flavour.MLFLOW and plan.model is not None:
        return _mlflow_conda(plan.model.source)
    return None


def _mlflow_conda(model: Path) -> Mapping[str, Any] | None:
    """The file conda.yaml of a model folder, as MLflow writes it."""
    try:
        content = yaml.safe_load((model / "conda.yaml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise CannotRunError(f"conda.yaml of the model {model} cannot be read: {error}.", code="BadArgument") from None
    return content if isinstance(content, dict) else None


def _about_the_image(plan: DeploymentPlan) -> tuple[str, ...]:
    environment = plan.environment
    if environment.build_context is not None:
        what = f"The Dockerfile in {environment.build_context} is not built"
    elif environment.image is not None:
        what = f"The image {environment.image} is not run"
    else:
        return ()
    return (f"{what}: an instance is a process of this machine. The runtime docker runs it.",)


def _without_telemetry(interpreter: Interpreter) -> str:
    return (
        f"app_insights_enabled exports nothing: {interpreter.path} lacks {' and '.join(sorted(_TELEMETRY))}. "
        "Add them to the conda file, or install the extra [otel] there."
    )


def _without_granian(interpreter: Interpreter) -> str:
    return (
        f"granian is not to be had for Python {interpreter.version}: the development server answers, in one process, "
        "whatever WORKER_COUNT says."
    )


def _prepared(details: Mapping[str, str], not_honoured: tuple[str, ...]) -> Prepared:
    digest = hashlib.sha256(json.dumps(details, sort_keys=True).encode()).hexdigest()
    return Prepared(digest, dict(details), not_honoured)


def _refuse_isolation(plan: DeploymentPlan) -> None:
    if plan.isolated:
        raise CannotRunError(
            "A process has the network of this machine, and nothing cuts it off. Use the runtime docker.",
            code="BadArgument",
        )


def _refuse_containers(plan: DeploymentPlan) -> None:
    if plan.flavour in {Flavour.SCRIPT, Flavour.MLFLOW}:
        return
    what = "Triton" if plan.flavour is Flavour.TRITON else "A container with a server of its own"
    raise CannotRunError(
        f"{what} runs in a container alone. Use the runtime docker for {plan.endpoint}/{plan.deployment}.",
        code="BadArgument",
    )
