"""From a deployment's YAML file to its plan, as far as everything that it names is on this machine."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from devkit.checks.project import Project, read_subject
from devkit.runtime.plan import (
    CodePlan,
    DeploymentPlan,
    EnvironmentPlan,
    Flavour,
    ModelPlan,
    ResourceLimits,
    Route,
    Routes,
)
from devkit.spec.document import Document
from devkit.spec.skus import find_sku

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.checks.subject import Subject

__all__ = ["CannotPlanError", "plan_of"]

_GIB: Final = 1 << 30
_UNITS: Final = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "k": 10**3, "M": 10**6, "G": 10**9}
_TRITON: Final = Routes(Route(8000, "/"), Route(8000, "/v2/health/live"), Route(8000, "/v2/health/ready"))
_ROUTES: Final = ("scoring_route", "liveness_route", "readiness_route")
_NAMELESS: Final = "model"
"""A model without a name is registered under a hash of its files; here its name stays, whatever is trained."""


class CannotPlanError(Exception):
    """The deployment names something that is not here. ``str(error)`` says what, why, and what to do."""


def plan_of(path: Path) -> DeploymentPlan:
    """The plan of the online deployment in a YAML file, with live update.

    Raises:
        CannotPlanError: it is none, or what it names is not on this machine.
    """
    subject = read_subject(Project(), path)
    if subject is None or not subject.is_online_deployment:
        raise CannotPlanError(f"{path} is no online deployment. Give the YAML file of one.")
    name, endpoint = subject.text("name"), subject.text("endpoint_name")
    if not name or not endpoint:
        missing = "endpoint_name" if name else "name"
        raise CannotPlanError(f"{path} has no {missing}, which its container is called by. Add it.")
    code, model = _code(subject), _model(subject)
    flavour = _flavour(subject, code, model)
    return DeploymentPlan(
        endpoint=endpoint,
        deployment=name.lower(),
        flavour=flavour,
        code=code,
        model=model,
        model_mount_path=subject.text("model_mount_path"),
        environment=_environment(subject) if flavour is not Flavour.MLFLOW else _of_model(subject, model),
        variables=_variables(subject),
        routes=_routes(subject, flavour),
        resources=_resources(subject),
        data_collector=_mapping(subject.value("data_collector")) or None,
        app_insights=bool(subject.value("app_insights_enabled")),
        dev=flavour in {Flavour.SCRIPT, Flavour.MLFLOW} or code is not None,
    )


def _flavour(subject: Subject, code: CodePlan | None, model: ModelPlan | None) -> Flavour:
    environment = subject.environment
    if environment is not None and environment.is_custom_container:
        return Flavour.CUSTOM
    if code is not None:
        return Flavour.SCRIPT
    kinds = {"mlflow_model": Flavour.MLFLOW, "triton_model": Flavour.TRITON}
    kind = model.kind if model is not None else ""
    if kind not in kinds:
        raise CannotPlanError(
            f"{subject.path} has neither a scoring script, nor a container of its own (inference_config), nor a model "
            "of MLflow's or Triton's. Add code_configuration."
        )
    return kinds[kind]


def _code(subject: Subject) -> CodePlan | None:
    if subject.value("code_configuration") is None:
        return None
    folder, script = subject.code_folder, subject.text("code_configuration", "scoring_script")
    if folder is None:
        raise CannotPlanError(_elsewhere("code", subject.text("code_configuration", "code")))
    if not script or not (folder / script).is_file():
        raise CannotPlanError(_missing("scoring script", folder / (script or ""), f"{folder.name}/{script}"))
    folder = folder.resolve()
    return CodePlan(folder, folder.name, script.replace("\\", "/"))


def _model(subject: Subject) -> ModelPlan | None:
    value = subject.value("model")
    if value is None:
        return None
    text = subject.text("model", "path")
    path = next((each.path for each in subject.local_paths if each.keys == ("model", "path")), None)
    if path is None:
        raise CannotPlanError(_elsewhere("model", text or str(value)))
    if not path.exists():
        raise CannotPlanError(_missing("model", path, text or ""))
    kind: Any = subject.text("model", "type") or "custom_model"
    version = subject.value("model", "version")
    return ModelPlan(path.resolve(), subject.text("model", "name") or _NAMELESS, str(version or 1), kind)


def _environment(subject: Subject) -> EnvironmentPlan:
    facts = subject.environment
    if facts is None:
        reference = subject.value("environment")
        if reference is None:
            return EnvironmentPlan()
        raise CannotPlanError(_elsewhere("environment", str(reference)))
    folder = subject.folder
    build = _mapping(facts.values.get("build"))
    if build.get("path"):
        context = folder / str(build["path"])
        dockerfile = str(build.get("dockerfile_path") or "Dockerfile")
        if not (context / dockerfile).is_file():
            raise CannotPlanError(_missing("Dockerfile", context / dockerfile, str(build["path"])))
        return EnvironmentPlan(build_context=context.resolve(), dockerfile=dockerfile)
    conda = facts.values.get("conda_file")
    content: Any = facts.conda_document.root.value if facts.conda_document is not None else conda
    if conda is not None and (not isinstance(content, dict) or not isinstance(content.get("dependencies"), list)):
        raise CannotPlanError(
            f"{facts.conda_name} ({conda}) is not there, or no conda file: it has no list of dependencies. Mend it."
        )
    return EnvironmentPlan(facts.image, content if isinstance(content, dict) else None)


def _of_model(subject: Subject, model: ModelPlan | None) -> EnvironmentPlan:
    """An MLflow model's environment: its own conda.yaml, which Azure installs when the container starts."""
    told = _environment(subject)
    conda = model.source / "conda.yaml" if model is not None else None
    if told != EnvironmentPlan() or conda is None or not conda.is_file():
        return told
    content: Any = Document(conda.read_text(encoding="utf-8"), conda).root.value
    return EnvironmentPlan(conda=content) if isinstance(content, dict) else told


def _variables(subject: Subject) -> dict[str, str]:
    return {str(name): str(value) for name, value in _mapping(subject.value("environment_variables")).items()}


def _routes(subject: Subject, flavour: Flavour) -> Routes:
    if flavour is Flavour.TRITON:
        return _TRITON
    if flavour is not Flavour.CUSTOM or subject.environment is None:
        return Routes()
    config = _mapping(subject.environment.values.get("inference_config"))
    found = [_mapping(config.get(name)) for name in _ROUTES]
    try:
        return Routes(*(Route(int(each["port"]), str(each["path"])) for each in found))
    except (KeyError, ValueError, TypeError):
        raise CannotPlanError(
            f"{subject.path}: inference_config needs scoring_route, liveness_route and readiness_route, each with "
            "port and path."
        ) from None


def _resources(subject: Subject) -> ResourceLimits:
    """What the size has; on Kubernetes what the document limits the container to."""
    size = find_sku(subject.text("instance_type") or "")
    if size is not None:
        return ResourceLimits(size.vcpus, round(size.memory_gib * _GIB), -(-size.gpus // 1))
    limits = _mapping(_mapping(subject.value("resources")).get("limits"))
    cpus, memory = _quantity(limits.get("cpu")), _quantity(limits.get("memory"))
    gpus = _quantity(limits.get("nvidia.com/gpu", limits.get("gpu")))
    return ResourceLimits(float(cpus) if cpus else None, int(memory) if memory else None, int(gpus or 0))


def _quantity(text: object) -> Fraction | None:
    """A Kubernetes quantity: 500m, 2, 1Gi; None for what is none."""
    word = str(text or "")
    unit = next((unit for unit in _UNITS if word.endswith(unit)), "")
    try:
        if word.endswith("m"):
            return Fraction(word[:-1]) / 1000
        return Fraction(word.removesuffix(unit)) * _UNITS.get(unit, 1)
    except ValueError:
        return None


def _mapping(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _elsewhere(what: str, text: object) -> str:
    return (
        f"The {what} {text} is not on this machine, and a dev container mounts files of this machine. "
        f"Download it, and give its path in a copy of the deployment."
    )


def _missing(what: str, path: Path, text: str) -> str:
    hint = " Write the path with forward slashes." if "\\" in text else " Mend the path, or put the file there."
    return f"The {what} {path} is not there.{hint}"
