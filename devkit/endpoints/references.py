"""References of a deployment to registered assets: each becomes the id of a version that is registered here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.control_plane.errors import NotFoundError
from devkit.endpoints.errors import DocumentError
from devkit.spec.references import Asset, RegistryAsset, WorkspaceAsset

if TYPE_CHECKING:
    from typing import Literal

    from devkit.control_plane.client import Client

__all__ = ["asset_id", "latest_version"]

_HELP = {
    "models": "devkit model create -n {name} -v {version} -p PATH",
    "environments": "devkit environment create -n {name} -v {version} -i IMAGE -c CONDA_FILE",
}


def asset_id(
    client: Client, kind: Literal["models", "environments"], reference: Asset | RegistryAsset | WorkspaceAsset
) -> str:
    """The id of what `reference` names.

    A reference to a registry or to a workspace in Azure means the asset that is registered here under its name and
    version: nothing is fetched.

    Raises:
        DocumentError: it is not registered here; with the command that registers it.
    """
    name, version = reference.name, reference.version
    if name is None:
        raise DocumentError(f"{reference.text} does not name a version. Write azureml:<name>:<version>.")
    try:
        if version is None:
            version = latest_version(client, kind, name)
        return str(client.get_version(kind, name, version)["id"])
    except NotFoundError:
        raise DocumentError(_not_here(kind, reference, name, version)) from None


def latest_version(client: Client, kind: Literal["models", "environments"], name: str) -> str:
    """The newest version of an asset.

    Raises:
        NotFoundError: no version is registered.
    """
    versions = client.list_versions(kind, name)
    if not versions:
        raise NotFoundError(f"{name} is not registered.")
    return str(versions[0]["name"])


def _not_here(kind: str, reference: Asset | RegistryAsset | WorkspaceAsset, name: str, version: str | None) -> str:
    command = _HELP[kind].format(name=name, version=version or "1")
    elsewhere = "" if isinstance(reference, Asset) else " Nothing is fetched from Azure."
    return f"{reference.text} is not registered on this machine.{elsewhere} Register it: {command}"
