"""Receipts: what was validated, on what, and what came of it; a JSON file each, named by its subject's digest."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003  pydantic reads it
from datetime import datetime  # noqa: TC003  pydantic reads it
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from devkit.disk.whole_files import write_whole
from devkit.promote.digests import Digests  # noqa: TC001  pydantic reads it
from devkit.promote.growth import LiveUpdates  # noqa: TC001  pydantic reads it
from devkit.promote.packages import Packages  # noqa: TC001  pydantic reads it

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.workspace import Workspace

__all__ = ["GoldenResult", "Outdated", "Receipt", "find", "write"]

_FOLDER = "receipts"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class GoldenResult(_Part):
    """How one golden request went."""

    name: str
    digest: str | None = None
    """Of request, answer and comparison: who edits them later has another golden request. None: of any."""
    route: str
    passed: bool
    latency_ms: float | None = None
    failures: tuple[str, ...] = ()


class Receipt(_Part):
    """What was proved."""

    digests: Digests
    runtime: Literal["process", "docker"]
    image_id: str | None = None
    """Of the Docker runtime: the image that answered, by the engine's content id."""
    image_digest: str | None = None
    """Of the Docker runtime: the environment's image as `REPOSITORY@sha256:…`, where it came from a registry."""
    packages: Packages | None = None
    """Of a conda file; None without one, and where the image has no Python that tells."""
    isolated: bool = False
    """Whether it could reach nothing outside this machine."""
    init_seconds: float
    """From the instance's start until it was ready."""
    rss_bytes: int | None = None
    """After the golden requests; None where the system does not tell."""
    devices: tuple[str, ...] = ()
    """The GPUs that it held memory of; empty where it computed on the CPU."""
    gpu_bytes: int | None = None
    """Of them, after the golden requests; None without one, and where the driver does not tell."""
    live_updates: LiveUpdates | None = None
    """None where none were asked for."""
    p50_ms: float | None = None
    p99_ms: float | None = None
    """Of the golden requests asked `requests` times in sum, one after the other."""
    requests: int = 0
    tools: Mapping[str, str]
    """Versions by name: devkit, platform and python; of the Docker runtime also docker, where the engine tells."""
    findings: tuple[str, ...] = ()
    """Warnings and hints of the checks; an error gives no receipt."""
    not_honoured: tuple[str, ...] = ()
    """What of the production settings this runtime could not do."""
    golden: tuple[GoldenResult, ...]
    made_at: datetime

    @property
    def digest(self) -> str:
        """Of everything validated."""
        return self.digests.whole

    @property
    def passed(self) -> bool:
        """Whether every golden request got its answer."""
        return bool(self.golden) and all(each.passed for each in self.golden)


class Outdated(_Part):
    """There is a receipt of the same deployment, and something has changed since."""

    made_at: datetime
    changed: tuple[str, ...]
    """Each a line, files first."""


def write(workspace: Workspace, receipt: Receipt) -> Path:
    """Keep a receipt, and return its path; it appears whole or not at all."""
    folder = workspace.folder / _FOLDER
    workspace.prepare()
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / _file_name(receipt.digest, receipt.runtime)
    write_whole(path, receipt.model_dump_json(indent=2) + "\n")
    return path


def find(workspace: Workspace, digests: Digests) -> Receipt | Outdated | None:
    """The receipt for exactly this; else what has changed since the nearest one; None where there is none at all.

    Where both runtimes were validated it is Docker's: it proves more.
    """
    folder = workspace.folder / _FOLDER
    for runtime in ("docker", "process"):
        if (exact := _read(folder / _file_name(digests.whole, runtime))) is not None:
            return exact
    others = [each for path in folder.glob("*.json") if (each := _read(path)) is not None]
    if not others:
        return None
    nearest = min(others, key=lambda each: (len(digests.changed_since(each.digests)), -each.made_at.timestamp()))
    return Outdated(made_at=nearest.made_at, changed=tuple(digests.changed_since(nearest.digests)))


def _file_name(digest: str, runtime: str) -> str:
    return f"{digest}.docker.json" if runtime == "docker" else f"{digest}.json"


def _read(path: Path) -> Receipt | None:
    """None for what is not there, or was written by another version: it proves nothing."""
    try:
        receipt = Receipt.model_validate(json.loads(path.read_bytes()))
    except (OSError, ValueError, ValidationError):
        return None
    return receipt if path.name == _file_name(receipt.digest, receipt.runtime) else None
