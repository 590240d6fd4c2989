"""What an environment is, as `probe` found it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Snapshot", "probe_text", "read_snapshot"]

_MARK = "devkit-parity:"


@dataclass(frozen=True)
class Snapshot:
    """One environment."""

    python: str
    architecture: str
    system: str = "Linux"
    executable: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    """By normalised name."""
    environment: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    """missing, file or folder; with ", read-only" where it cannot be written."""
    user: str = ""
    uid: int | None = None
    cuda_toolkit: str | None = None
    cuda_driver: str | None = None
    """The newest CUDA that the host's driver can run, as nvidia-smi says it."""
    gpus: tuple[str, ...] = ()


def probe_text() -> str:
    """The probe's source, to hand to another Python on its standard input."""
    return (resources.files(__package__ or "") / "probe.py").read_text(encoding="utf-8")


def read_snapshot(output: str) -> Snapshot:
    """What the probe printed; a shell's own words around it do not matter.

    Raises:
        ValueError: the probe's line is not there.
    """
    line = next((each for each in output.splitlines() if each.startswith(_MARK)), None)
    if line is None:
        raise ValueError(f"the probe printed no result: {output.strip()[-200:]!r}")
    found: dict[str, Any] = json.loads(line.removeprefix(_MARK))
    return Snapshot(
        python=found["python"],
        architecture=found["architecture"],
        system=found["system"],
        executable=found["executable"],
        packages=found["packages"],
        environment=found["environment"],
        paths=found["paths"],
        user=found["user"]["name"],
        uid=found["user"]["uid"],
        cuda_toolkit=found["cuda"]["toolkit"],
        cuda_driver=found["cuda"]["driver"],
        gpus=tuple(found["cuda"]["gpus"]),
    )
