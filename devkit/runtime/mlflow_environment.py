"""The environment of an MLflow model that is deployed without one: its own conda.yaml, and the server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import yaml

from devkit.runtime.plan import Flavour
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.runtime.plan import DeploymentPlan

__all__ = ["with_model_environment", "with_server"]

_FILE: Final = "conda.yaml"
_SERVER: Final = "azureml-inference-server-http"


def with_model_environment(plan: DeploymentPlan) -> DeploymentPlan:
    """The plan of an MLflow model with the environment that the model brings; any other plan as it is.

    Raises:
        CannotRunError: the model's conda.yaml is no YAML.
    """
    environment = plan.environment
    brings_its_own = environment.conda is None and environment.build_context is None
    if plan.flavour is not Flavour.MLFLOW or plan.model is None or not brings_its_own:
        return plan
    path = plan.model.source / _FILE
    try:
        conda = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return plan  # the image has what the model needs
    except (OSError, yaml.YAMLError) as error:
        raise CannotRunError(f"The model's environment {path} cannot be read: {error}", code="BadArgument") from None
    return replace(plan, environment=replace(environment, conda=with_server(conda)))


def with_server(conda: Mapping[str, Any]) -> dict[str, Any]:
    """A conda file that also installs the inference server, which a model's own does not name."""
    dependencies = list(conda.get("dependencies") or ())
    pip: list[Any] = next((each["pip"] for each in dependencies if isinstance(each, dict) and "pip" in each), [])
    if any(str(each).startswith(_SERVER) for each in pip):
        return dict(conda)
    kept = [each for each in dependencies if not (isinstance(each, dict) and "pip" in each)]
    return {**conda, "dependencies": [*kept, {"pip": [*pip, _SERVER]}]}
