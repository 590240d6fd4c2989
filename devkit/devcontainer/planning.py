"""From a deployment's YAML file to its plan, where everything that it names lies on this machine."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from devkit.checks.project import Project, read_subject
from devkit.runtime.plan import DeploymentPlan, EnvironmentPlan, Flavour
from devkit.runtime.resolve import ResolveError, resolve
from devkit.runtime.stored import StoredAssets, StoredCode, StoredEnvironment, StoredModel
from devkit.spec.document import Document
from devkit.spec.documents.environment import Environment
from devkit.spec.documents.model import Model
from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment, ManagedOnlineDeployment
from devkit.spec.documents.values import LENIENT
from devkit.spec.images import parse_image
from devkit.spec.skus import find_sku

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.checks.subject import Subject

__all__ = ["CannotPlanError", "plan_of"]

_NAMELESS: Final = "model"
"""A model without a name is registered under a hash of its files; here its name stays, whatever is trained."""
_WITH_OUR_SERVER: Final = frozenset({Flavour.SCRIPT, Flavour.MLFLOW})


class CannotPlanError(Exception):
    """The deployment names something that is not here. ``str(error)`` says what, why, and what to do."""


def plan_of(path: Path) -> DeploymentPlan:
    """The plan of the online deployment in a YAML file, with live update where the kit's server serves.

    Raises:
        CannotPlanError: it is none, or what it names is not on this machine.
    """
    subject = read_subject(Project(), path)
    deployment = subject.block if subject is not None and subject.is_online_deployment else None
    if subject is None or not isinstance(deployment, ManagedOnlineDeployment | KubernetesOnlineDeployment):
        raise CannotPlanError(f"{path} is no online deployment. Give the YAML file of one.")
    if not deployment.name or not deployment.endpoint_name:
        missing = "endpoint_name" if deployment.name else "name"
        raise CannotPlanError(f"{path} has no {missing}, which its container is called by. Add it.")
    choices = {"devkit.dev": "true", "devkit.gpu": str(bool(_gpus(subject))).lower()}
    told = deployment.model_copy(update={"properties": choices, "model": None, "environment": None})
    assets = StoredAssets(_code(subject), _model(subject), _environment(subject))
    try:
        plan = resolve(told, assets)
    except (ResolveError, OSError) as error:
        raise CannotPlanError(f"{path}: {error}") from None
    if plan.flavour is Flavour.MLFLOW and plan.environment == EnvironmentPlan():
        plan = replace(plan, environment=_of_model(plan))
    return replace(plan, dev=plan.flavour in _WITH_OUR_SERVER or plan.code is not None)


def _gpus(subject: Subject) -> int:
    """How many GPUs the size has, or the limits of a Kubernetes deployment allow."""
    size = find_sku(subject.text("instance_type") or "")
    if size is not None:
        return math.ceil(size.gpus)
    limits = subject.value("resources", "limits")
    asked = {"nvidia.com/gpu", "gpu"} & set(limits) if isinstance(limits, dict) else ()
    return len(asked)


def _code(subject: Subject) -> StoredCode | None:
    if subject.value("code_configuration") is None:
        return None
    folder, text = subject.code_folder, subject.text("code_configuration", "code")
    if folder is None:
        raise CannotPlanError(_elsewhere("code", text))
    if not folder.is_dir():
        raise CannotPlanError(_missing("code folder", folder, text or ""))
    folder = folder.resolve()
    return StoredCode(folder, folder)


def _model(subject: Subject) -> StoredModel | None:
    value = subject.value("model")
    if value is None:
        return None
    path = next((each.path for each in subject.local_paths if each.keys == ("model", "path")), None)
    if path is None or not isinstance(value, dict):
        raise CannotPlanError(_elsewhere("model", subject.text("model", "path") or value))
    if not path.exists():
        raise CannotPlanError(_missing("model", path, subject.text("model", "path") or ""))
    document = Model.model_validate(value, context=LENIENT)
    name, version = document.name or _NAMELESS, str(document.version or 1)
    return StoredModel(document, path.resolve(), name, version)


def _environment(subject: Subject) -> StoredEnvironment | None:
    facts = subject.environment
    if facts is None:
        reference = subject.value("environment")
        if reference is None:
            return None
        raise CannotPlanError(_elsewhere("environment", reference))
    values: dict[str, Any] = {str(key): value for key, value in facts.values.items() if key != "conda_file"}
    if facts.image is not None and parse_image(facts.image) is None:
        raise CannotPlanError(f"The image {facts.image!r} cannot be one: write registry/repository:tag.")
    conda = facts.values.get("conda_file")
    if conda is not None:
        values["conda_file"] = content = _conda(subject, conda)
        if not isinstance(content, dict) or not isinstance(content.get("dependencies"), list):
            what = "is no mapping with a list of dependencies"
            raise CannotPlanError(f"The conda file {facts.conda_name} {what}. Mend it, or its path.")
    build = facts.values.get("build")
    context = subject.folder / str(build["path"]) if isinstance(build, dict) and build.get("path") else None
    if context is not None and not context.is_dir():
        raise CannotPlanError(_missing("build folder", context, str(context)))
    document = Environment.model_validate(values, context=LENIENT)
    return StoredEnvironment(document, context.resolve() if context is not None else None)


def _conda(subject: Subject, conda: object) -> Any:
    facts = subject.environment
    if isinstance(conda, dict) or facts is None:
        return conda
    if facts.conda_document is None:
        raise CannotPlanError(_missing("conda file", subject.folder / str(conda), str(conda)))
    return facts.conda_document.root.value


def _of_model(plan: DeploymentPlan) -> EnvironmentPlan:
    """An MLflow model's environment: its own conda.yaml, which Azure installs when the container starts."""
    conda = plan.model.source / "conda.yaml" if plan.model is not None else None
    if conda is None or not conda.is_file():
        return plan.environment
    content: Any = Document(conda.read_text(encoding="utf-8"), conda).root.value
    return EnvironmentPlan(conda=content) if isinstance(content, dict) else plan.environment


def _elsewhere(what: str, text: object) -> str:
    return (
        f"The {what} {text} is not on this machine, and a dev container mounts files of this machine. "
        "Download it, and give its path in a copy of the deployment."
    )


def _missing(what: str, path: Path, text: str) -> str:
    hint = "Write the path with forward slashes." if "\\" in text else "Mend the path, or put it there."
    return f"The {what} {path} is not there. {hint}"
