"""The assets of a deployment as they were looked up: registered, and copied to this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.spec.documents.environment import Environment
    from devkit.spec.documents.model import Model

__all__ = ["StoredAssets", "StoredCode", "StoredEnvironment", "StoredModel"]


@dataclass(frozen=True)
class StoredCode:
    """A version of a code asset."""

    folder: Path
    """The copy; its name is the folder's name in the container."""
    original: Path | None = None
    """The folder that was registered, when it is on this machine: under `dev` the one that is edited."""


@dataclass(frozen=True)
class StoredModel:
    """A version of a model."""

    document: Model
    source: Path
    """The copied file or folder, under its own name."""
    name: str
    version: str


@dataclass(frozen=True)
class StoredEnvironment:
    """A version of an environment."""

    document: Environment
    """With the conda file as a mapping."""
    build_context: Path | None = None


@dataclass(frozen=True)
class StoredAssets:
    """What a deployment refers to; None where it refers to nothing."""

    code: StoredCode | None = None
    model: StoredModel | None = None
    environment: StoredEnvironment | None = None
