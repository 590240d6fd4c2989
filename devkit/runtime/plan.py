"""What a deployment comes to once everything it names is known: one plan, rendered as a process or as a container."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "CodePlan",
    "DeploymentPlan",
    "EnvironmentPlan",
    "Flavour",
    "ModelPlan",
    "Probe",
    "RequestLimits",
    "ResourceLimits",
    "Route",
    "Routes",
]


class Flavour(Enum):
    """What answers the requests."""

    SCRIPT = "script"
    """A scoring script under the inference server."""
    MLFLOW = "mlflow"
    """An MLflow model without code."""
    TRITON = "triton"
    """A Triton model repository without code."""
    CUSTOM = "custom"
    """A container with a server of its own, told by `inference_config`."""


@dataclass(frozen=True)
class CodePlan:
    """The user's code."""

    folder: Path
    """On this machine: the stored copy, or under `dev` the folder that is edited."""
    name: str
    """The name of the folder in the container: AML_APP_ROOT is /var/azureml-app/<name>/<folder of the script>."""
    script: str
    """Relative to the folder, with forward slashes."""


@dataclass(frozen=True)
class ModelPlan:
    """One model and its place; `devkit.assets.layout` decides the place."""

    source: Path
    """A file or folder on this machine."""
    name: str
    version: str
    kind: Literal["custom_model", "mlflow_model", "triton_model"] = "custom_model"
    unpack: bool = False
    """Whether the source is the folder of an unpacked archive: its content lies directly in AZUREML_MODEL_DIR."""


@dataclass(frozen=True)
class EnvironmentPlan:
    """The image and what is installed on top of it."""

    image: str | None = None
    conda: Mapping[str, Any] | None = None
    """The conda file's content."""
    build_context: Path | None = None
    dockerfile: str = "Dockerfile"
    """Relative to the build context."""


@dataclass(frozen=True)
class Route:
    """A port of the instance and a path on it."""

    port: int
    path: str


@dataclass(frozen=True)
class Routes:
    """How an instance is asked. The defaults are the inference server's."""

    scoring: Route = Route(5001, "/score")
    liveness: Route = Route(5001, "/")
    readiness: Route = Route(5001, "/")


@dataclass(frozen=True)
class Probe:
    """When an instance counts as alive or ready; seconds, and the service's defaults (azureml-contract, 2026-11)."""

    initial_delay_s: float = 10
    period_s: float = 10
    timeout_s: float = 2
    success_threshold: int = 1
    failure_threshold: int = 30


@dataclass(frozen=True)
class RequestLimits:
    """How requests are handed to an instance, with the service's defaults."""

    timeout_s: float = 5
    max_concurrent_per_instance: int = 1
    max_queue_wait_s: float = 0.5


@dataclass(frozen=True)
class ResourceLimits:
    """What one instance may take; None where the instance type does not say."""

    cpus: float | None = None
    memory_bytes: int | None = None
    gpus: int = 0


@dataclass(frozen=True)
class DeploymentPlan:
    """Everything that a runtime needs to prepare and start instances. A pure value; equal plans need no new instances.

    Secret references in `variables` are unresolved; a runtime resolves them when it starts an instance, and keeps the
    values out of state, logs and layers.
    """

    endpoint: str
    deployment: str
    flavour: Flavour
    instance_count: int = 1
    code: CodePlan | None = None
    model: ModelPlan | None = None
    model_mount_path: str | None = None
    environment: EnvironmentPlan = EnvironmentPlan()
    variables: Mapping[str, str] = field(default_factory=dict)
    routes: Routes = Routes()
    liveness: Probe = Probe()
    readiness: Probe = Probe()
    requests: RequestLimits = RequestLimits()
    resources: ResourceLimits = ResourceLimits()
    data_collector: Mapping[str, Any] | None = None
    """The REST shape of the block: collections by name, rollingRate."""
    app_insights: bool = False
    dev: bool = False
    """Live update and debugpy inside the instance, on the folder that is edited."""
    python: str | None = None
    """The interpreter of a process instance; None for an environment built from the conda file, or the current one."""
    isolated: bool = False
    """Whether instances reach nothing outside this machine; the Docker runtime alone can do that."""
    tags: Mapping[str, str] = field(default_factory=dict)
