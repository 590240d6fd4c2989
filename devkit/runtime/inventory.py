"""What is installed for the Python that answers requests, asked of an interpreter or inside a running container."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from packaging.utils import canonicalize_name

from devkit.runtime.container import PYTHON_RUN
from devkit.runtime.docker_engine import connect, explained
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.runtime.protocol import Instance, Prepared

__all__ = ["Distribution", "Inventory", "installed_for", "read_inventory"]

_PATIENCE_S: Final = 60
_QUESTION: Final = """
import glob, importlib.metadata, json, os, platform, sys, sysconfig

def of(each):
    return {
        "name": each.metadata["Name"] or "", "version": each.version, "requires": each.requires or [],
        "installer": (each.read_text("INSTALLER") or "").strip(), "origin": each.read_text("direct_url.json"),
    }

def build(path):
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    return "=".join((told["name"], told["version"], told["build"]))

version = platform.python_version()
print(json.dumps({
    "python": version,
    "platform": sysconfig.get_platform(),
    "markers": {
        "implementation_name": sys.implementation.name, "implementation_version": version, "os_name": os.name,
        "platform_machine": platform.machine(), "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(), "platform_system": platform.system(),
        "platform_version": platform.version(), "python_full_version": version,
        "python_version": "%d.%d" % sys.version_info[:2], "sys_platform": sys.platform,
    },
    "distributions": [of(each) for each in importlib.metadata.distributions()],
    "conda": sorted(map(build, glob.glob(os.path.join(glob.escape(sys.prefix), "conda-meta", "*.json")))),
}))
"""
"""The markers are those of PEP 508, the origin is that of PEP 610, and conda-meta is where conda keeps its records."""


@dataclass(frozen=True)
class Distribution:
    """One installed distribution."""

    name: str
    """As its metadata writes it."""
    version: str
    requires: tuple[str, ...] = ()
    """Requirements with markers, as in its metadata."""
    by_conda: bool = False
    origin: Mapping[str, Any] | None = None
    """Where it was installed from, if not from an index (PEP 610)."""


@dataclass(frozen=True)
class Inventory:
    """A Python with everything that is installed for it."""

    python: str
    """Such as 3.11.7."""
    platform: str
    """As sysconfig calls it: linux-x86_64."""
    markers: Mapping[str, str]
    """What environment markers are evaluated with."""
    distributions: Mapping[str, Distribution]
    """By normalised name; of two on the path the one that is imported."""
    conda: tuple[str, ...] = field(default=())
    """What conda installed, `name=version=build` each; empty where conda made nothing."""


def installed_for(prepared: Prepared, instance: Instance) -> Inventory | None:
    """What is installed where an instance answers: of a process its interpreter, of a container the Python inside it.

    Returns:
        None where nobody knows: an image without a Python 3.10 or later, or one that does not answer as a Python does.
    """
    if instance.runtime == "docker":
        return _in_container(str(instance.handle["id"]))
    return _of_interpreter(prepared.details["python"])


def read_inventory(text: str) -> Inventory:
    """Read what a Python answered.

    Raises:
        ValueError: it is no such answer.
    """
    try:
        told = json.loads(text)
        found = {str(canonicalize_name(each["name"])): _distribution(each) for each in reversed(told["distributions"])}
        return Inventory(told["python"], told["platform"], told["markers"], found, tuple(told["conda"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no inventory: {error}") from None


def _distribution(told: Mapping[str, Any]) -> Distribution:
    origin = json.loads(told["origin"]) if told["origin"] else None
    return Distribution(
        told["name"], told["version"], tuple(told["requires"]), by_conda=told["installer"] == "conda", origin=origin
    )


def _of_interpreter(python: str) -> Inventory | None:
    try:
        asked = subprocess.run(  # noqa: S603  the interpreter of the instance
            [python, "-c", _QUESTION],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=True,
            cwd=Path(python).parent,  # -c looks for packages in the current folder, too
        )
        return read_inventory(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _in_container(identifier: str) -> Inventory | None:
    command = ["/bin/sh", "-c", PYTHON_RUN, "inventory", "-c", _QUESTION]
    try:
        with explained("The container could not be asked what is installed in it"):
            client = connect()
            try:
                _, asked = client.containers.get(identifier).exec_run(command, stderr=False, workdir="/")
            finally:
                client.close()
        return read_inventory(asked.decode() if isinstance(asked, bytes) else "")
    except (CannotRunError, ValueError):
        return None
