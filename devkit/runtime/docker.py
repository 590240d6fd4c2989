"""The runtime `docker`: an instance is a container of the production image, on the engine of the docker command.

Containers outlive the control plane; their labels tell another one whose they are. The engine's API does everything
but builds (`image_build`). Every port is published on the loopback interface alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from devkit.runtime.build_inputs import build_inputs
from devkit.runtime.container import LABELS, PYTHON_PROBE, container_plan, started_as_in_azure
from devkit.runtime.container_options import HOST, beyond, create_options, own_command
from devkit.runtime.docker_engine import connect, engine_address, explained, image_of, require_listener
from devkit.runtime.image_build import build_digest, build_image, find_build_command, tag_of
from devkit.runtime.injection import injection_for
from devkit.runtime.isolation import address_in, internal_network, remove_network
from devkit.runtime.mlflow_environment import with_model_environment
from devkit.runtime.placing import STORAGE_LOG, placement_line
from devkit.runtime.process_log import LOG, tail
from devkit.runtime.protocol import CannotRunError, Instance, InstanceState, Prepared, Progress
from devkit.runtime.secrets import resolve_secrets
from devkit.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from docker import DockerClient

    from devkit.runtime.container import Build, ContainerPlan
    from devkit.runtime.plan import DeploymentPlan

__all__ = ["NO_KIT", "DockerRuntime"]

NO_KIT: Final = Path("not-needed")
_KEPT_LINES: Final = 20_000
_ENDED: Final = frozenset({"exited", "dead"})


class DockerRuntime:
    """Instances as containers. Safe to use from several threads."""

    name = "docker"

    def __init__(self) -> None:
        self._connected: DockerClient | None = None
        self._address = ""
        self._lock = threading.Lock()

    def prepare(self, plan: DeploymentPlan, progress: Progress) -> Prepared:
        """Find, pull or build the image. The same content is built once, however many deployments have it.

        Raises:
            CannotRunError: the engine does not answer, the image is not to be had, or its build failed.
        """
        client = self._client()
        plan = with_model_environment(plan)
        container = container_plan(plan, NO_KIT)
        if container.build is not None:
            digest, image = _built(client, container.build, progress)
        else:
            image = image_of(client, container.image or "", progress)
            digest = str(image.id)
        with explained("The Docker engine could not be asked what it has"):
            info = client.info()
        details = {"image": str(image.id), "engine": str(info.get("ServerVersion", ""))}
        if container.debug_port is not None:
            details["kit"] = str(_kit_for(client, image, container, progress))
        return Prepared(digest, details, (*container.not_honoured, *beyond(container, info)))

    def start(self, plan: DeploymentPlan, prepared: Prepared, name: str, folder: Path) -> Instance:
        """Start one container in the place of any former one of the same instance.

        Raises:
            CannotRunError: a secret is missing, or the engine refused; then no container is left behind.
        """
        folder = folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        workspace = find_workspace(folder)
        plan = with_model_environment(plan)
        client = self._client()
        with explained(f"The instance {name} could not be started"):
            image = client.images.get(prepared.details["image"])
            cpus = int(client.info()["NCPU"])
        container = started_as_in_azure(
            container_plan(
                plan,
                Path(prepared.details.get("kit", NO_KIT)),
                instance=name,
                workspace=workspace.root.name,
                workspace_id=str(workspace.root),
            ),
            own_command(image.attrs),
        )
        options = {
            **create_options(container, prepared, folder, cpus),
            "environment": resolve_secrets(container.environment, workspace.folder),
            "name": _container_name(workspace, name),
        }
        with explained(f"The instance {name} could not be started"):
            started = (_start_isolated if plan.isolated else _start)(client, str(image.id), options)
        _tell_what_is_mounted(container, folder)
        return _instance(started, folder)

    def state(self, instance: Instance) -> tuple[InstanceState, int | None]:
        """What the engine says of the container.

        Raises:
            CannotRunError: the engine does not answer, so that nobody knows.
        """
        found = self._find(instance)
        if found is None:
            return InstanceState.GONE, None
        if found.status in _ENDED:
            return InstanceState.EXITED, int(found.attrs["State"]["ExitCode"])
        return InstanceState.RUNNING, None

    def stop(self, instance: Instance, grace_s: float) -> None:
        """Stop the container, keep its log in the instance's folder, and remove it with its anonymous volumes.

        Raises:
            CannotRunError: the engine does not answer.
        """
        from docker.errors import NotFound

        found = self._find(instance)
        if found is None:
            return
        with explained(f"The instance {instance.name} could not be stopped"), contextlib.suppress(NotFound):
            if found.status not in _ENDED:
                found.stop(timeout=max(1, round(grace_s)))
            _keep_log(found, Path(instance.handle["folder"]))
            _remove(found)
            if network := found.labels.get(LABELS.network):
                remove_network(self._client(), network)

    def logs(self, instance: Instance, folder: Path, lines: int) -> str:
        """The container's log; of one that is gone or out of reach, what was kept of it."""
        try:
            found = self._find(instance)
            if found is not None:
                with explained(f"The log of {instance.name} could not be read"):
                    text: bytes = found.logs(tail=lines)
                return text.decode("utf-8", errors="replace")
        except CannotRunError as error:
            return f"{tail(folder / LOG, lines)}{error}\n"
        return tail(folder / LOG, lines)

    def memory_bytes(self, instance: Instance) -> int | None:
        """The container's memory without the file cache, as `docker stats` counts it."""
        with contextlib.suppress(CannotRunError):
            found = self._find(instance)
            if found is not None and found.status == "running":
                return self._memory(found)
        return None

    def _memory(self, container: Any) -> int | None:
        with explained("The memory of a container could not be read"):
            usage = self._client().api.stats(container.id, stream=False, one_shot=True).get("memory_stats", {})
        if "usage" not in usage:
            return None
        details = usage.get("stats", {})
        cache = details.get("inactive_file", details.get("total_inactive_file", 0))
        return max(0, int(usage["usage"]) - int(cache))

    def find(self, workspace: Path) -> list[Instance]:
        """Every container of the workspace, also one that has ended: to adopt or to remove.

        The folder of an adopted instance is where the kit keeps it.
        """
        label = f"{LABELS.workspace}={workspace.absolute()}"
        with explained("The containers could not be listed"):
            found = self._client().containers.list(all=True, filters={"label": label})
        return [_instance(each, Path(each.labels.get(LABELS.folder, ""))) for each in found]

    def _client(self) -> DockerClient:
        with self._lock:
            if self._connected is None:
                self._address = engine_address()[0]
                self._connected = connect()
        require_listener(self._address)
        return self._connected

    def _find(self, instance: Instance) -> Any:
        from docker.errors import NotFound

        with explained(f"The instance {instance.name} could not be looked up"):
            try:
                return self._client().containers.get(instance.handle["id"])
            except NotFound:
                return None


def _built(client: DockerClient, build: Build, progress: Progress) -> tuple[str, Any]:
    """The digest of what is built, and its image: the one that is there, else a new one."""
    from docker.errors import ImageNotFound

    base = None if build.base is None else image_of(client, build.base, progress)
    digest = build_digest(build, None if base is None else str(base.id))
    tag = tag_of(digest)
    with explained(f"The image {tag} could not be looked up"):
        try:
            return digest, client.images.get(tag)
        except ImageNotFound:
            pass
        build_image(build, tag, build_inputs(os.environ), find_build_command(), progress)
        return digest, client.images.get(tag)


def _kit_for(client: DockerClient, image: Any, container: ContainerPlan, progress: Progress) -> Path:
    """The server for the Python of the image, to be mounted."""
    from docker.errors import ContainerError

    name = "AZUREML_INFERENCE_PYTHON_PATH"
    chosen = {name: container.environment[name]} if name in container.environment else {}
    with explained("The image's Python could not be asked for its version"):
        try:
            told = client.containers.run(
                image.id, entrypoint=["/bin/sh", "-c", PYTHON_PROBE], environment=chosen, remove=True
            )
        except ContainerError:
            raise CannotRunError(
                "The image has no Python 3.10 or later, on which live update runs. Deploy without --dev, or choose a "
                "later image.",
                code="BadArgument",
            ) from None
    platform = f"linux/{image.attrs.get('Architecture', 'amd64')}"
    return injection_for(bytes(told).decode().strip(), platform, progress).folder


def _tell_what_is_mounted(container: ContainerPlan, folder: Path) -> None:
    """The storage initializer's log."""
    lines = [placement_line("mounted", each.source, each.target, 0) for each in container.mounts]
    with (folder / STORAGE_LOG).open("a", encoding="utf-8") as log:
        log.writelines(lines)


def _container_name(workspace: Workspace, instance: str) -> str:
    """Unique on this engine: workspaces may have instances of the same name."""
    return f"devkit-{hashlib.sha256(str(workspace.root).encode()).hexdigest()[:8]}-{instance}"


def _start(client: DockerClient, image: str, options: dict[str, Any]) -> Any:
    """Create and start; a container that cannot be started is not left behind."""
    _remove_former(client, options["name"])
    created = client.containers.create(image, **options)
    try:
        created.start()
        created.reload()
    except BaseException:
        _remove(created)
        raise
    return created


def _start_isolated(client: DockerClient, image: str, options: dict[str, Any]) -> Any:
    """The same in a network of its own that leads nowhere."""
    name = options["name"]
    _remove_former(client, name)
    with internal_network(client, name, options["labels"]) as network:
        labels = {**options["labels"], LABELS.network: network}
        return _start(client, image, {**options, "labels": labels, "network": network})


def _remove_former(client: DockerClient, name: str) -> None:
    """A container of the same instance: it ended, or nobody knew of it while the engine was away."""
    from docker.errors import NotFound

    with contextlib.suppress(NotFound):
        _remove(client.containers.get(name))


def _remove(container: Any) -> None:
    from docker.errors import APIError

    with contextlib.suppress(APIError):  # gone, or somebody else removes it at this moment
        container.remove(force=True, v=True)


def _keep_log(container: Any, folder: Path) -> None:
    with contextlib.suppress(OSError):  # the folder is gone, or the disk is full: then there is no log
        (folder / LOG).write_bytes(container.logs(tail=_KEPT_LINES))


def _instance(container: Any, folder: Path) -> Instance:
    handle = {"id": container.id, "folder": str(folder)}
    name, network = container.labels[LABELS.instance], container.labels.get(LABELS.network)
    if network is not None:
        inside = [int(each.split("/")[0]) for each in container.attrs["Config"]["ExposedPorts"]]
        address = address_in(container, network)
        return Instance(name, DockerRuntime.name, handle, address, {each: each for each in inside})
    published = container.attrs["NetworkSettings"]["Ports"] or {}
    ports = {int(inside.split("/")[0]): int(at[0]["HostPort"]) for inside, at in published.items() if at}
    debug_port = ports.pop(_debug_port(container), None)
    mappings = _edited_folders(container) if debug_port is not None else {}
    return Instance(name, DockerRuntime.name, handle, HOST, ports, debug_port, mappings)


def _edited_folders(container: Any) -> dict[str, str]:
    """The mounts that a debugger needs to know: the code, which alone can be written to.

    As they were asked for: under "Mounts" Docker Desktop calls a folder as its virtual machine does.
    """
    mounts = container.attrs["HostConfig"].get("Mounts") or []
    return {each["Source"]: each["Target"] for each in mounts if not each.get("ReadOnly")}


def _debug_port(container: Any) -> int:
    return int(container.labels.get(LABELS.debug_port) or -1)
