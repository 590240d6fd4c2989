"""A deployment as a dev container: the same plan that the Docker runtime runs, as files for an editor. Pure."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from devkit.devcontainer.customizations import customizations, serve_words
from devkit.devcontainer.kit import COMMANDS, secrets_folder
from devkit.devcontainer.merging import merge
from devkit.devcontainer.paths import bind, host_path, relative_path
from devkit.devcontainer.templates import read_template
from devkit.editor.jsonc import parse
from devkit.runtime.build_inputs import BuildInputs
from devkit.runtime.container import DEBUG_PORT
from devkit.runtime.dockerfile import with_secrets
from devkit.runtime.plan import Flavour
from devkit.runtime.secrets import variable_of
from devkit.spec.secret_references import parse_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.runtime.container import Build, ContainerPlan
    from devkit.runtime.plan import DeploymentPlan, ResourceLimits

__all__ = ["CONFIGURATION", "Choices", "DevContainer", "dev_container", "template_of"]

CONFIGURATION: Final = "devcontainer.json"
_GIB: Final = 1 << 30
_CPU_PERIOD_US: Final = 100_000
_AZURE: Final = "mcr.microsoft.com/azureml/"
_USERS: Final = {_AZURE: "dockeruser", "nvcr.io/nvidia/tritonserver": "triton-server"}
"""The user that the processes of known images run as (azureml-contract E, 2026-11; Triton's own Dockerfile)."""


@dataclass(frozen=True)
class Choices:
    """What is not the deployment's to decide."""

    host_variables: tuple[str, ...] = ()
    """Variables of the host that the container gets too: proxies, package indexes. Named in the file, never copied."""
    build: BuildInputs = field(default_factory=BuildInputs)
    """What the host gives to the build of a conda file's image."""
    ca_file: Path | None = None
    """The host's certificate authorities, mounted over nothing and named to pip, requests and OpenSSL."""
    features: tuple[str, ...] = ()
    """Dev Container Features to add, by their references."""
    port_offset: int = 0
    """Added to each port on the host, so that several containers can run at a time."""


@dataclass(frozen=True)
class DevContainer:
    """The files of one configuration, by their names in its folder."""

    text: str
    """devcontainer.json, as new."""
    configuration: Mapping[str, Any]
    """The same as a value."""
    files: Mapping[str, str]
    """What it builds from and mounts."""
    serve_command: str
    """What a shell in the container starts the server with; empty where the image's own serves."""
    notes: tuple[str, ...] = ()
    """What of production this container cannot be, each a sentence."""


def template_of(plan: DeploymentPlan) -> str:
    """The template that a deployment starts from."""
    if plan.flavour is Flavour.SCRIPT:
        return "gpu-inference" if plan.resources.gpus else "cpu-inference"
    return {Flavour.MLFLOW: "mlflow", Flavour.TRITON: "triton", Flavour.CUSTOM: "custom-container"}[plan.flavour]


def dev_container(
    plan: DeploymentPlan, container: ContainerPlan, workspace: Path, folder: Path, choices: Choices | None = None
) -> DevContainer:
    """The dev container of a deployment.

    Args:
        plan: the deployment, with `dev`.
        container: what `container_plan` made of it.
        workspace: the folder that the editor opens.
        folder: where the configuration will lie, below the workspace.
        choices: what the deployment leaves open.
    """
    rendering = _Rendering(plan, container, workspace, folder, choices or Choices())
    text = read_template(template_of(plan)).apply({})[f".devcontainer/{CONFIGURATION}"]
    template = parse(text).value
    text = merge(text, template, rendering.configuration(template)).text
    command = shlex.join(serve_words(container))
    return DevContainer(text, parse(text).value, rendering.files(), command, rendering.notes())


@dataclass(frozen=True)
class _Rendering:
    plan: DeploymentPlan
    container: ContainerPlan
    workspace: Path
    folder: Path
    choices: Choices

    def configuration(self, template: Mapping[str, Any]) -> dict[str, Any]:
        plain, secret = self._environment()
        result: dict[str, Any] = {
            "name": f"{self.plan.endpoint}/{self.plan.deployment}",
            **self._image(),
            "hostRequirements": _host_requirements(self.container.limits),
            "overrideCommand": template["overrideCommand"],
            "remoteUser": self._user(),
            "updateRemoteUserUID": True,
            "containerEnv": plain,
            "remoteEnv": {**secret, **self._host_environment()},
            "secrets": {name: {"description": text} for name, text in self._secrets().items()},
            "mounts": self._mounts(),
            "runArgs": self._run_arguments(),
            "forwardPorts": list(self.container.ports),
            "portsAttributes": self._port_attributes(),
            "appPort": [self._published(port) for port in self._ports()],
            "features": {each: {} for each in self.choices.features},
            "customizations": customizations(template["customizations"], self.container, self.workspace),
        }
        return {key: value for key, value in result.items() if value not in ({}, [], None)}

    def files(self) -> dict[str, str]:
        build = self.container.build
        placed = {each.name: each.text for each in self.container.files}
        if build is None or build.context is not None:
            return placed
        inputs = self.choices.build
        dockerfile = with_secrets(build.files[build.dockerfile], sorted(inputs.secrets), inputs.variables)
        return {**build.files, build.dockerfile: dockerfile, **placed}

    def notes(self) -> tuple[str, ...]:
        notes = []
        if self.container.debug_port is None:
            notes.append("Requests are answered by the image's own server, so there is no live update.")
        outside = [each.source for each in self.container.mounts if not each.source.is_relative_to(self.workspace)]
        notes += [
            f"{path} lies outside the workspace: the file names it by its path on this machine." for path in outside
        ]
        if self._user() is None:
            notes.append("The image's user is not known; if it is root, set remoteUser to one that is not.")
        return tuple(notes)

    def _image(self) -> dict[str, Any]:
        build = self.container.build
        if build is None:
            return {"image": self.container.image}
        arguments = {name: _of_host(name) for name in self.choices.build.proxies}
        described = {**self._context(build), "options": ["--platform=linux/amd64", *self._secret_flags(build)]}
        return {"build": {**described, **({"args": arguments} if arguments else {})}}

    def _secret_flags(self, build: Build) -> list[str]:
        """The build secrets of a Dockerfile of ours: files of the workspace's state, for their owner alone."""
        folder = host_path(secrets_folder(self.workspace), self.workspace)
        ids = sorted(self.choices.build.secrets) if build.context is None else []
        return [f"--secret=id={each},src={folder}/{each}" for each in ids]

    def _context(self, build: Build) -> dict[str, str]:
        context = build.context or self.folder
        return {
            "dockerfile": relative_path(context / build.dockerfile, self.folder),
            "context": relative_path(context, self.folder),
        }

    def _user(self) -> str | None:
        if self.container.user is not None:
            return self.container.user
        build = self.container.build
        image = (build.base if build is not None else self.container.image) or ""
        return next((user for start, user in _USERS.items() if image.startswith(start)), None)

    def _environment(self) -> tuple[dict[str, str], dict[str, str]]:
        """The plain variables, and those whose values are secrets of the host's environment."""
        secrets = {
            name: variable_of(found)
            for name, text in self.container.environment.items()
            if (found := parse_secret(text)) is not None
        }
        plain = {name: text for name, text in self.container.environment.items() if name not in secrets}
        if self.choices.ca_file is not None:
            plain |= dict.fromkeys(_CA_VARIABLES, _CA_TARGET)
        return plain, {name: _of_host(variable) for name, variable in secrets.items()}

    def _secrets(self) -> dict[str, str]:
        found = ((name, parse_secret(text)) for name, text in self.container.environment.items())
        return {
            variable_of(secret): f"The value of {name}: {secret.text}" for name, secret in found if secret is not None
        }

    def _host_environment(self) -> dict[str, str]:
        given = {name: _of_host(name) for name in self.choices.host_variables}
        return given if self.container.entrypoint is None else {**given, "PATH": f"${{containerEnv:PATH}}:{COMMANDS}"}

    def _mounts(self) -> list[str]:
        mounts = [
            bind(host_path(each.source, self.workspace), each.target, read_only=each.read_only)
            for each in self.container.mounts
        ]
        mounts += [
            bind(host_path(self.folder / each.name, self.workspace), each.target, read_only=True)
            for each in self.container.files
        ]
        if self.choices.ca_file is not None:
            mounts.append(bind(host_path(self.choices.ca_file, self.workspace), _CA_TARGET, read_only=True))
        return mounts

    def _run_arguments(self) -> list[str]:
        limits, arguments = self.container.limits, ["--platform=linux/amd64"]
        if limits.cpus is not None:  # a quota, since --cpus is refused where the machine has fewer
            arguments += [f"--cpu-period={_CPU_PERIOD_US}", f"--cpu-quota={round(limits.cpus * _CPU_PERIOD_US)}"]
        if limits.memory_bytes is not None:
            arguments.append(f"--memory={_size(limits.memory_bytes)}")
        if self.container.shared_memory_bytes is not None:
            arguments.append(f"--shm-size={_size(self.container.shared_memory_bytes)}")
        return arguments

    def _ports(self) -> list[int]:
        debug = self.container.debug_port
        return [*self.container.ports, *([debug] if debug is not None else [])]

    def _published(self, port: int) -> str:
        return f"127.0.0.1:{port + self.choices.port_offset}:{port}"

    def _port_attributes(self) -> dict[str, Any]:
        routes = self.container.routes
        labels = dict.fromkeys(self.container.ports, "health") | {routes.scoring.port: "scoring"}
        labels |= {self.container.debug_port or DEBUG_PORT: "debugger"} if self.container.debug_port else {}
        return {str(port): {"label": label, "onAutoForward": "silent"} for port, label in labels.items()}


_CA_TARGET: Final = "/etc/ssl/certs/devkit-host-ca.crt"
_CA_VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")


def _of_host(name: str) -> str:
    return f"${{localEnv:{name}}}"


def _host_requirements(limits: ResourceLimits) -> dict[str, Any]:
    requirements: dict[str, Any] = {}
    if limits.cpus is not None:
        requirements["cpus"] = math.ceil(limits.cpus)
    if limits.memory_bytes is not None:
        requirements["memory"] = (
            f"{_size(limits.memory_bytes)}b" if limits.memory_bytes % _GIB == 0 else str(limits.memory_bytes)
        )
    if limits.gpus:
        requirements["gpu"] = True
    return requirements


def _size(size_bytes: int) -> str:
    """A number of bytes as Docker and the schema read it; whole gibibytes where it can be."""
    return f"{size_bytes // _GIB}g" if size_bytes % _GIB == 0 else str(size_bytes)
