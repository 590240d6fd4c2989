"""What a deployment comes to as a container: the one plan behind `docker run`, and behind a dev container. Pure.

The image's own start command runs, in the layout of the service's containers (azureml-contract D and E, 2026-11):
Azure's images start runit, which starts nginx and azmlinfsrv. Only `dev` puts the kit's server in its place.

Code and model are mounted, never copied into a layer: a change of score.py builds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from devkit.assets.layout import lay_out
from devkit.runtime.collector_config import collector_config
from devkit.runtime.dockerfile import CONDA_ENVIRONMENT, CONDA_FILE, conda_dockerfile, conda_text
from devkit.runtime.instance_environment import (
    CONTAINER_APP,
    MDC_CONFIG,
    MLFLOW_RESOURCES,
    MLFLOW_SCRIPT,
    container_places,
    deployment_variables,
)
from devkit.runtime.plan import Flavour, ResourceLimits, Routes
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devkit.runtime.plan import DeploymentPlan

__all__ = [
    "DEBUG_PORT",
    "KIT_FOLDER",
    "LABELS",
    "LAUNCH",
    "MLFLOW_IMAGE",
    "PYTHON_PROBE",
    "PYTHON_RUN",
    "RUNIT",
    "TRITON_IMAGE",
    "Build",
    "ContainerPlan",
    "Labels",
    "Mount",
    "PlacedFile",
    "container_plan",
    "started_as_in_azure",
]

MLFLOW_IMAGE: Final = "mcr.microsoft.com/azureml/curated/mlflow-py312-inference:latest"
"""What the service takes for an MLflow model without an environment (azureml-assets @4b41f8c, 2026-11)."""
TRITON_IMAGE: Final = "nvcr.io/nvidia/tritonserver:25.08-py3"
"""For a Triton model without an environment. The service's own image is not published; this one was never run here."""

KIT_FOLDER: Final = "/opt/endpoint-devkit"
"""Where the kit's server and what it needs are mounted under `dev`."""
DEBUG_PORT: Final = 5678
"""Where debugpy listens inside a container under `dev`; published on the host's loopback."""

RUNIT: Final = ("runsvdir", "/var/runit")
"""The start command of Azure's inference images."""

_SERVER_PORT: Final = 5001
_TRITON_SHARED_MEMORY: Final = 1 << 30  # its Python back end shares tensors in /dev/shm; Docker gives 64 MB
_PYTHONS: Final = (
    '"$AZUREML_INFERENCE_PYTHON_PATH/python"',
    '"$AZUREML_CONDA_ENVIRONMENT_PATH/bin/python"',
    '"$(command -v python3)"',
    '"$(command -v python)"',
)
_EACH_PYTHON: Final = (  # as the images choose their environment
    f"for python in {' '.join(_PYTHONS)}; do "
    '[ -x "$python" ] && "$python" -c "import sys; raise SystemExit(sys.version_info < (3, 10))" && '
)
LAUNCH: Final = (
    f'{_EACH_PYTHON}exec "$python" {KIT_FOLDER}/devkit_instance.py {KIT_FOLDER}/packages "$@"; done; exit 127'
)
"""What a shell does to start the kit's server with the flags that follow, under the image's own choice of a Python."""
PYTHON_PROBE: Final = (
    f'{_EACH_PYTHON}exec "$python" -c \'import sys; print("%d.%d" % sys.version_info[:2])\'; done; exit 127'
)
"""Prints the version of the Python that the kit's server would run on in an image; exits with 127 where none is."""
PYTHON_RUN: Final = f'{_EACH_PYTHON}exec "$python" "$@"; done; exit 127'
"""What a shell does to start that Python with the arguments that follow."""


@dataclass(frozen=True)
class Build:
    """An image to be made: from a Dockerfile of ours, or from the user's build context."""

    base: str | None = None
    """The image that the Dockerfile of ours starts from; None for a user's own."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The build context, for one of ours: texts by name, the Dockerfile among them."""
    context: Path | None = None
    """The user's build context on this machine."""
    dockerfile: str = "Dockerfile"
    """Relative to the context."""


@dataclass(frozen=True)
class Mount:
    """A file or folder of this machine, in the container."""

    source: Path
    target: str
    read_only: bool = True


@dataclass(frozen=True)
class PlacedFile:
    """A file that the kit writes and mounts read-only."""

    target: str
    text: str

    @property
    def name(self) -> str:
        """What it is called on this machine."""
        return self.target.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Labels:
    """The names of the labels by which containers are found again."""

    workspace: str = "endpoint-devkit.workspace"
    endpoint: str = "endpoint-devkit.endpoint"
    deployment: str = "endpoint-devkit.deployment"
    instance: str = "endpoint-devkit.instance"
    digest: str = "endpoint-devkit.digest"
    folder: str = "endpoint-devkit.folder"
    """The instance's folder on this machine."""
    debug_port: str = "endpoint-devkit.debug-port"
    """debugpy's port inside; absent without `dev`."""
    network: str = "endpoint-devkit.network"
    """The network that was made for it alone; absent where it has the engine's."""


LABELS: Final = Labels()


@dataclass(frozen=True)
class ContainerPlan:
    """One container, as any engine or editor can be told it. Secret references in `environment` are unresolved."""

    image: str | None
    """What runs when nothing is built."""
    build: Build | None
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...] = ()
    files: tuple[PlacedFile, ...] = ()
    ports: tuple[int, ...] = (_SERVER_PORT,)
    """To be published on the loopback interface, at ports that the engine chooses."""
    debug_port: int | None = None
    """debugpy's, inside; published likewise."""
    entrypoint: tuple[str, ...] | None = None
    """None: the image's own."""
    command: tuple[str, ...] | None = None
    """None: the image's own."""
    working_dir: str | None = None
    user: str | None = None
    """None: the image's own, which is not root in Azure's images."""
    labels: Mapping[str, str] = field(default_factory=dict)
    limits: ResourceLimits = field(default_factory=ResourceLimits)
    shared_memory_bytes: int | None = None
    routes: Routes = field(default_factory=Routes)
    """Where scoring and health are asked."""
    path_mappings: tuple[tuple[Path, str], ...] = ()
    """For a debugger: the folder on this machine, and the same folder in the container."""
    not_honoured: tuple[str, ...] = ()


def container_plan(
    plan: DeploymentPlan,
    kit: Path,
    *,
    instance: str = "",
    workspace: str = "local",
    workspace_id: str = "",
) -> ContainerPlan:
    """The container that an instance of `plan` runs in.

    Args:
        plan: the deployment.
        kit: the folder of the server's injection on this machine (`devkit.runtime.injection`), needed under `dev`.
            It is only named here, and need not exist.
        instance: the instance's name; telemetry and labels carry it.
        workspace: the workspace's name, for telemetry.
        workspace_id: the workspace's folder, by which its containers are found again.

    Raises:
        CannotRunError: the deployment names no image, or it needs a part that it lacks.
    """
    places = container_places(plan)
    dev = plan.dev and plan.flavour in {Flavour.SCRIPT, Flavour.MLFLOW}
    container = ContainerPlan(
        **_image(plan),
        environment={
            **(
                {"AZUREML_INFERENCE_PYTHON_PATH": f"{CONDA_ENVIRONMENT}/bin"}
                if plan.environment.conda is not None
                else {}
            ),
            **deployment_variables(plan, places, instance=instance, workspace=workspace),
        },
        mounts=_mounts(plan),
        files=_files(plan),
        ports=_ports(plan.routes),
        labels=_labels(plan, instance, workspace_id),
        limits=plan.resources,
        routes=plan.routes,
        not_honoured=_not_honoured(plan, dev=dev),
    )
    if plan.flavour is Flavour.TRITON:
        return _with_triton(container, plan)
    return _with_kit_server(container, plan, kit) if dev else container


def _image(plan: DeploymentPlan) -> dict[str, Any]:
    """What runs: `image` and `build` of the container."""
    environment = plan.environment
    if environment.build_context is not None:
        build = Build(context=environment.build_context, dockerfile=environment.dockerfile)
        return {"image": None, "build": build}
    image = environment.image or {Flavour.MLFLOW: MLFLOW_IMAGE, Flavour.TRITON: TRITON_IMAGE}.get(plan.flavour)
    if image is None:
        raise CannotRunError(
            f"The deployment {plan.deployment} names no image: its environment has neither `image` nor `build`. "
            "Add one, or run the deployment without Docker.",
            code="BadArgument",
        )
    if environment.conda is None:
        return {"image": image, "build": None}
    files = {"Dockerfile": conda_dockerfile(image), CONDA_FILE: conda_text(environment.conda)}
    return {"image": None, "build": Build(image, files)}


def _mounts(plan: DeploymentPlan) -> tuple[Mount, ...]:
    mounts = []
    if plan.model is not None:
        mounts.append(Mount(plan.model.source, lay_out(plan.model, plan.model_mount_path).path))
    if plan.code is not None:
        mounts.append(Mount(plan.code.folder, f"{CONTAINER_APP}/{plan.code.name}", read_only=not plan.dev))
    return tuple(mounts)


def _files(plan: DeploymentPlan) -> tuple[PlacedFile, ...]:
    files = []
    if plan.data_collector:
        files.append(PlacedFile(MDC_CONFIG, collector_config(plan.data_collector)))
    if plan.flavour is Flavour.MLFLOW and plan.code is None:
        script = (resources.files("devkit.runtime") / "mlflow_score.py").read_text(encoding="utf-8")
        files.append(PlacedFile(f"{MLFLOW_RESOURCES}/{MLFLOW_SCRIPT}", script))
    return tuple(files)


def started_as_in_azure(container: ContainerPlan, own_command: Sequence[str]) -> ContainerPlan:
    """The container of an image whose own start command is only a shell, which would end at once.

    Azure's base images without a server in the foreground are started with runit there, and by azure-ai-ml 1.35.2.

    Args:
        container: what is to be started.
        own_command: entry point and command of the image, as it has them.
    """
    is_shell = tuple(own_command) in {(), ("bash",), ("/bin/bash",), ("sh",), ("/bin/sh",)}
    if container.command is not None or not is_shell or _SERVER_PORT not in container.ports:
        return container
    return replace(container, command=RUNIT)


def _ports(routes: Routes) -> tuple[int, ...]:
    return tuple(sorted({routes.scoring.port, routes.liveness.port, routes.readiness.port}))


def _labels(plan: DeploymentPlan, instance: str, workspace_id: str) -> dict[str, str]:
    return {
        LABELS.workspace: workspace_id,
        LABELS.endpoint: plan.endpoint,
        LABELS.deployment: plan.deployment,
        LABELS.instance: instance,
    }


def _with_triton(container: ContainerPlan, plan: DeploymentPlan) -> ContainerPlan:
    """The repository is the model's folder; the image's own command is a shell."""
    if plan.model is None:
        raise CannotRunError(f"The Triton deployment {plan.deployment} names no model.", code="BadArgument")
    repository = lay_out(plan.model, plan.model_mount_path).path
    command = ("tritonserver", f"--model-repository={repository}")
    return replace(container, command=command, shared_memory_bytes=_TRITON_SHARED_MEMORY)


def _with_kit_server(container: ContainerPlan, plan: DeploymentPlan, kit: Path) -> ContainerPlan:
    """The kit's server in the place of the image's: live update and debugpy, on the folder that is edited."""
    flags = ("--dev", "--host", "0.0.0.0", "--port", str(plan.routes.scoring.port))  # noqa: S104  published on loopback
    return replace(
        container,
        mounts=(*container.mounts, Mount(kit, KIT_FOLDER)),
        entrypoint=("/bin/sh", "-c", LAUNCH, "serve"),
        command=(*flags, "--debug", f"0.0.0.0:{DEBUG_PORT}"),
        working_dir=container.environment["AML_APP_ROOT"],
        debug_port=DEBUG_PORT,
        labels={**container.labels, LABELS.debug_port: str(DEBUG_PORT)},
        path_mappings=((plan.code.folder, f"{CONTAINER_APP}/{plan.code.name}"),) if plan.code is not None else (),
    )


def _not_honoured(plan: DeploymentPlan, *, dev: bool) -> tuple[str, ...]:
    if not plan.dev or dev:
        return ()
    server = "Triton" if plan.flavour is Flavour.TRITON else "the image's own server"
    return (f"--dev has no effect: requests are answered by {server}, which the kit does not replace.",)
