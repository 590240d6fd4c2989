"""What is asked for: which deployments, in which workspace, and where each configuration lies in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devkit.checks.files import find_yaml
from devkit.checks.project import Project, read_subject
from devkit.devcontainer.folder import FOLDER
from devkit.devcontainer.generator import CONFIGURATION, Choices, DevContainer, dev_container
from devkit.devcontainer.kit import kit_folder
from devkit.devcontainer.planning import CannotPlanError, plan_of
from devkit.devcontainer.update import RECORD
from devkit.runtime.build_inputs import BuildInputs, build_inputs
from devkit.runtime.container import container_plan
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.runtime.container import ContainerPlan
    from devkit.runtime.plan import DeploymentPlan

__all__ = ["Configured", "configure", "deployments_below", "workspace_of"]

INSTANCE: Final = "devcontainer"
_VARIABLES: Final = (
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"),
)
_CA_VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")


@dataclass(frozen=True)
class Configured:
    """A deployment and what its dev container is to be."""

    path: Path
    plan: DeploymentPlan
    container: ContainerPlan
    wanted: DevContainer
    workspace: Path
    folder: Path
    build: BuildInputs
    """What the host gives to the image's build."""

    @property
    def configuration(self) -> Path:
        """Its devcontainer.json."""
        return self.folder / CONFIGURATION


def workspace_of(files: Sequence[Path], told: Path | None = None) -> Path:
    """The folder that the editor opens: as told, else the current one if it holds the files, else the first file's."""
    if told is not None:
        return told.resolve()
    here = Path.cwd().resolve()
    outside = next((path.resolve() for path in files if not path.resolve().is_relative_to(here)), None)
    return outside.parent if outside is not None else here


def deployments_below(workspace: Path) -> list[Path]:
    """The files of the online deployments in a workspace, in order."""
    project = Project()
    subjects = ((path, read_subject(project, path)) for path in find_yaml(workspace))
    return sorted(path for path, subject in subjects if subject is not None and subject.is_online_deployment)


def configure(
    files: Sequence[Path],
    workspace: Path,
    features: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> list[Configured]:
    """What the dev containers of some deployments are to be.

    Args:
        files: their YAML files, absolute; every deployment of the workspace where there are none.
        workspace: the folder that the editor opens.
        features: Dev Container Features to add.
        environ: the host's environment, for what the container is to be given of it.

    Raises:
        CannotPlanError: a deployment names something that is not here, or there is no deployment.
    """
    known = deployments_below(workspace)
    asked = [path.resolve() for path in files] or known
    if not asked:
        raise CannotPlanError(f"There is no online deployment below {workspace}. Give one with -f deployment.yml.")
    plans = {path: plan_of(path) for path in asked}
    order = {path: number for number, path in enumerate(dict.fromkeys([*known, *asked]))}
    host = os.environ if environ is None else environ
    inputs = build_inputs(host) if environ is None else build_inputs(host, {})
    configured = []
    for path, plan in plans.items():
        choices = Choices(_given(host), inputs, _ca_file(host), tuple(features), order[path])
        folder = _folder(plan, workspace, list(plans.values()), alone=len(order) == 1)
        configured.append(_configured(path, plan, workspace, folder, choices))
    return configured


def _configured(path: Path, plan: DeploymentPlan, workspace: Path, folder: Path, choices: Choices) -> Configured:
    try:
        container = container_plan(plan, kit_folder(workspace), instance=INSTANCE)
    except CannotRunError as error:
        raise CannotPlanError(f"{path}: {error}") from None
    wanted = dev_container(plan, container, workspace, folder, choices)
    return Configured(path, plan, container, wanted, workspace, folder, choices.build)


def _folder(plan: DeploymentPlan, workspace: Path, plans: Sequence[DeploymentPlan], *, alone: bool) -> Path:
    """The workspace's only configuration, or a named one; never in the place of one that is not the kit's."""
    folder = workspace / FOLDER
    if alone and ((folder / RECORD).exists() or not (folder / CONFIGURATION).exists()):
        return folder
    namesakes = {each.endpoint for each in plans if each.deployment == plan.deployment}
    unique = len(namesakes) <= 1
    return folder / (plan.deployment if unique else f"{plan.endpoint}-{plan.deployment}")


def _given(environ: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in _VARIABLES if environ.get(name))


def _ca_file(environ: Mapping[str, str]) -> Path | None:
    found = (Path(environ[name]) for name in _CA_VARIABLES if environ.get(name))
    return next((path for path in found if path.is_file()), None)
