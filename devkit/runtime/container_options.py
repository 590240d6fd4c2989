"""What the Docker SDK is told of a container plan, and what the engine lacks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from devkit.runtime.container import LABELS

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.runtime.container import ContainerPlan
    from devkit.runtime.protocol import Prepared

__all__ = ["HOST", "beyond", "create_options", "own_command"]

HOST: Final = "127.0.0.1"
"""Where the containers' ports are published."""
_LOG_LIMITS: Final = {"max-size": "10m", "max-file": "2"}


def beyond(container: ContainerPlan, info: dict[str, Any]) -> tuple[str, ...]:
    """What the instance type has and this engine has not."""
    limits, unmet = container.limits, []
    cpus, memory = int(info["NCPU"]), int(info["MemTotal"])
    if limits.cpus is not None and limits.cpus > cpus:
        unmet.append(f"The instance type has {limits.cpus:g} CPUs; this Docker engine has {cpus}, and gives them all.")
    if limits.memory_bytes is not None and limits.memory_bytes > memory:
        wanted, has = limits.memory_bytes / (1 << 30), memory / (1 << 30)
        unmet.append(f"The instance type has {wanted:.1f} GiB of memory; this Docker engine has {has:.1f} GiB.")
    return tuple(unmet)


def own_command(image: dict[str, Any]) -> list[str]:
    """Entry point and command of an image, from its attributes."""
    config = image.get("Config") or {}
    return [*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())]


def create_options(container: ContainerPlan, prepared: Prepared, folder: Path, cpus: int) -> dict[str, Any]:
    """What the SDK is told, but for image, name and environment; the files of the plan are written to `folder`."""
    from docker.types import DeviceRequest, LogConfig

    limits = container.limits
    ports = [*container.ports, *([container.debug_port] if container.debug_port is not None else [])]
    options: dict[str, Any] = {
        "mounts": _mounts(container, folder),
        "ports": {f"{port}/tcp": (HOST, None) for port in ports},
        "labels": {**container.labels, LABELS.digest: prepared.digest, LABELS.folder: str(folder)},
        "log_config": LogConfig(type="json-file", config=_LOG_LIMITS),
        "entrypoint": None if container.entrypoint is None else list(container.entrypoint),
        "command": None if container.command is None else list(container.command),
        "working_dir": container.working_dir,
        "user": container.user,
        "shm_size": container.shared_memory_bytes,
        "mem_limit": limits.memory_bytes,
        "nano_cpus": None if limits.cpus is None else int(min(limits.cpus, cpus) * 1_000_000_000),
    }
    if limits.gpus:
        options["device_requests"] = [DeviceRequest(count=-1, capabilities=[["gpu"]])]
    return {name: value for name, value in options.items() if value is not None}


def _mounts(container: ContainerPlan, folder: Path) -> list[Any]:
    from docker.types import Mount

    mounts = [
        Mount(each.target, str(each.source.absolute()), type="bind", read_only=each.read_only)
        for each in container.mounts
    ]
    for file in container.files:
        path = folder / file.name
        path.write_text(file.text, encoding="utf-8")
        path.chmod(0o644)  # the container's user is another one
        mounts.append(Mount(file.target, str(path), type="bind", read_only=True))
    return mounts
