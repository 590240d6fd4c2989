"""The probes of ``devkit doctor``: plain functions that look at one thing each and never change it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PROBES", "Diagnosis", "examine"]

State = Literal["ok", "missing", "problem", "unknown"]

_TIMEOUT_S = 10
_OLDEST, _NEWEST = (3, 10), (3, 13)


@dataclass(frozen=True)
class Diagnosis:
    """One finding about the machine."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def examine() -> Iterator[Diagnosis]:
    """Run every probe; one that raises becomes a diagnosis of state ``unknown`` and does not stop the others."""
    return (_examine(name, probe) for name, probe in PROBES.items())


def _examine(name: str, probe: Callable[[], Diagnosis]) -> Diagnosis:
    try:
        return probe()
    except Exception as error:  # noqa: BLE001  whatever a machine does to a probe is a result, not an end
        return Diagnosis(name, "unknown", f"the check itself failed: {type(error).__name__}: {error}")


def python() -> Diagnosis:
    """Whether this interpreter is one that the kit supports."""
    version = platform.python_version()
    where = f"{version} at {sys.executable}"
    if _OLDEST <= sys.version_info[:2] <= _NEWEST:
        return Diagnosis("Python", "ok", where)
    return Diagnosis("Python", "problem", where, "Use Python 3.10 to 3.13; Azure's images have 3.9 to 3.12.")


def import_names() -> Diagnosis:
    """Whether another distribution has put files under one of our import names."""
    from importlib.metadata import packages_distributions

    from devkit import DISTRIBUTION

    owners = packages_distributions()
    foreign = {
        name: sorted(set(owners.get(name, [])) - {DISTRIBUTION}) for name in ("inference_server", "devkit", "lsp")
    }
    found = [f"{name} (also in {', '.join(others)})" for name, others in foreign.items() if others]
    if not found:
        return Diagnosis("Import names", "ok", "inference_server, devkit and lsp are ours alone")
    return Diagnosis(
        "Import names",
        "problem",
        "; ".join(found),
        f"Uninstall the other distribution, then: pip install --force-reinstall {DISTRIBUTION}",
    )


def server() -> Diagnosis:
    """Whether the inference server's dependencies are importable."""
    from importlib.metadata import version

    found = [f"{name} {version(name)}" for name in ("flask", "granian", "watchdog", "debugpy")]
    return Diagnosis("Inference server", "ok", ", ".join(found))


def docker() -> Diagnosis:
    """Whether a Docker engine answers, by the command's own context."""
    command = shutil.which("docker")
    if command is None:
        return Diagnosis(
            "Docker", "missing", "no docker command", "Only images and dev containers need it: install Docker."
        )
    result = _run([command, "version", "--format", "{{json .}}"])
    engine = json.loads(result.stdout or "{}").get("Server") if result.stdout.strip().startswith("{") else None
    if engine:
        return Diagnosis("Docker", "ok", f"engine {engine['Version']}, {engine.get('Os')}/{engine.get('Arch')}")
    reason = (result.stderr.strip().splitlines() or ["the engine does not answer"])[-1]
    return Diagnosis("Docker", "problem", reason, "Start the engine, or check that you may use its socket: docker info")


def gpu() -> Diagnosis:
    """The NVIDIA GPUs of this machine, asked through NVML."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return Diagnosis("GPU", "missing", f"NVML: {error}", "Only GPU deployments need one; CPU sizes run without.")
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        names = [
            f"{pynvml.nvmlDeviceGetName(each)} {_gib(int(pynvml.nvmlDeviceGetMemoryInfo(each).total))}"
            for each in handles
        ]
        driver = pynvml.nvmlSystemGetDriverVersion()
    finally:
        pynvml.nvmlShutdown()
    return Diagnosis("GPU", "ok", f"{', '.join(names)}; driver {driver}")


def vs_code() -> Diagnosis:
    """Whether VS Code can be opened from a terminal."""
    found = next(filter(None, map(shutil.which, ("code", "code-insiders", "codium", "code-server"))), None)
    if found:
        return Diagnosis("VS Code", "ok", found)
    return Diagnosis(
        "VS Code", "missing", "no 'code' command on PATH", "In VS Code: 'Shell Command: Install code command in PATH'."
    )


def azure_login() -> Diagnosis:
    """Whether the Azure CLI is installed and has a login on this machine. No request is made."""
    if shutil.which("az") is None:
        return Diagnosis(
            "az login", "missing", "no az command", "Only promotion to Azure needs it: install the Azure CLI."
        )
    profile = Path(os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure") / "azureProfile.json"
    subscriptions = json.loads(profile.read_text(encoding="utf-8-sig"))["subscriptions"] if profile.is_file() else []
    default = next((each for each in subscriptions if each.get("isDefault")), None)
    if default is None:
        return Diagnosis("az login", "missing", "az has no login", "Run: az login")
    return Diagnosis("az login", "ok", f"subscription {default.get('name')}")


PROBES: dict[str, Callable[[], Diagnosis]] = {
    "Python": python,
    "Import names": import_names,
    "Inference server": server,
    "Docker": docker,
    "GPU": gpu,
    "VS Code": vs_code,
    "az login": azure_login,
}
"""In the order in which they are shown."""


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603  programs named here


def _gib(size: int) -> str:
    return f"{size / 2**30:.0f} GiB"
