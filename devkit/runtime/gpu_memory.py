"""The GPUs that an instance's processes hold memory of, by NVIDIA's own tool."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from typing import TYPE_CHECKING, Final, NamedTuple

import psutil

from devkit.runtime.docker_engine import connect, explained
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.runtime.protocol import Instance

__all__ = ["GpuMemory", "gpu_memory_of", "read_compute_apps"]

_COMMAND: Final = "nvidia-smi"
_QUERY: Final = ("--query-compute-apps=pid,gpu_name,used_gpu_memory", "--format=csv,noheader,nounits")
"""As `nvidia-smi --help-query-compute-apps` describes it; memory is in MiB."""
_FIELDS: Final = 3
_MIB: Final = 1 << 20
_PATIENCE_S: Final = 30


class GpuMemory(NamedTuple):
    """What an instance holds of the GPUs of this machine."""

    devices: tuple[str, ...]
    """The names of those of which it holds memory; empty where it computes on the CPU."""
    held_bytes: int | None
    """Of all of them; None where the driver tells no figure (under WSL, and in containers that see no others)."""


def gpu_memory_of(instance: Instance) -> GpuMemory | None:
    """What the processes of an instance hold now; None where no NVIDIA driver answers."""
    command = shutil.which(_COMMAND)
    if command is None:
        return None
    try:
        asked = subprocess.run(  # noqa: S603  NVIDIA's tool, of the user's PATH
            [command, *_QUERY], capture_output=True, text=True, timeout=_PATIENCE_S, check=True
        )
    except (OSError, subprocess.SubprocessError):  # it is there, and its driver is not
        return None
    return read_compute_apps(asked.stdout, _processes(instance))


def read_compute_apps(text: str, processes: Iterable[int]) -> GpuMemory:
    """Read what `nvidia-smi --query-compute-apps` printed of some processes: a line for each process and GPU."""
    own = set(processes)
    lines = [[part.strip() for part in line.split(",")] for line in text.splitlines()]
    held = [line for line in lines if len(line) == _FIELDS and line[0].isdecimal() and int(line[0]) in own]
    figures = [int(memory) * _MIB for _, _, memory in held if memory.isdecimal()]
    devices = tuple(dict.fromkeys(name for _, name, _ in held))
    return GpuMemory(devices, sum(figures) if len(figures) == len(held) else None)


def _processes(instance: Instance) -> set[int]:
    """Their ids as this machine counts them."""
    if instance.runtime == "docker":
        return _of_container(str(instance.handle["id"]))
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(instance.handle["pid"])
        return {each.pid for each in (first, *first.children(recursive=True))}
    return set()


def _of_container(identifier: str) -> set[int]:
    try:
        with explained("The processes of a container could not be listed"):
            client = connect()
            try:
                told = client.containers.get(identifier).top()
            finally:
                client.close()
    except CannotRunError:
        return set()
    column = told["Titles"].index("PID")
    return {int(row[column]) for row in told["Processes"] or ()}
