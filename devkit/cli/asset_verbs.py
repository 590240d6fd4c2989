"""What ``devkit model`` and ``devkit environment`` do: each function returns what is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from devkit.cli.asking import confirm
from devkit.cli.connecting import connected, overrides
from devkit.cli.errors import UsageError
from devkit.endpoints.assets import register_environment, register_model
from devkit.endpoints.documents import from_values, read
from devkit.endpoints.references import latest_version
from devkit.endpoints.shapes import asset_names, environment_shape, model_shape
from devkit.spec.kinds import Family
from devkit.spec.overrides import Override

if TYPE_CHECKING:
    from devkit.spec.documents.environment import Environment
    from devkit.spec.documents.model import Model

    Json = dict[str, Any]

__all__ = ["create", "delete", "list_all", "show"]

Kind = Literal["models", "environments"]
_SHAPES = {"models": model_shape, "environments": environment_shape}
_FAMILIES = {"models": Family.MODEL, "environments": Family.ENVIRONMENT}


def create(kind: Kind, file: Path | None, flags: dict[str, str | None], settings: list[str] | None) -> Json:
    """Register a version from a file, from flags, or from a file with flags on top."""
    given = [Override(key, value) for key, value in flags.items() if value is not None] + overrides(settings)
    with connected() as client:
        family = _FAMILIES[kind]
        document = read(file, family, given) if file is not None else from_values(family, {}, Path.cwd(), given)
        if kind == "models":
            body = register_model(client, cast("Model", document.block), document.folder)
        else:
            body = register_environment(client, cast("Environment", document.block), document.folder)
        return _SHAPES[kind](body)


def show(kind: Kind, name: str, version: str | None) -> Json:
    """One version; the newest if none is given."""
    with connected() as client:
        return _SHAPES[kind](client.get_version(kind, name, version or latest_version(client, kind, name)))


def list_all(kind: Kind, name: str | None) -> list[Json]:
    """All names, or all versions of one."""
    with connected() as client:
        if name is None:
            return [asset_names(each) for each in client.list_assets(kind)]
        return [_SHAPES[kind](each) for each in client.list_versions(kind, name)]


def delete(kind: Kind, name: str, version: str | None, *, yes: bool, force: bool) -> None:
    """Delete one version.

    Raises:
        UsageError: no version is given.
    """
    if version is None:
        raise UsageError(f"Say which version of {name} to delete: -v VERSION.")
    confirm(f"Delete {name}:{version}?", yes=yes)
    with connected() as client:
        client.delete_version(kind, name, version, force=force)
