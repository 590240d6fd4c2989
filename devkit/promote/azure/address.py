"""What `--to azureml:…` and its options mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from devkit.control_plane.client import WorkspaceId
from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NEWEST_STABLE", "Settings", "read_settings", "refuse_clear_text"]

NEWEST_STABLE: Final = "2026-05-01"
"""Of Azure Resource Manager's Microsoft.MachineLearningServices (azure-resource-manager-schemas, 2026-08-16)."""
_PUBLIC_CLOUD: Final = "https://management.azure.com"
_OPTIONS: Final = ("url", "api-version", "storage", "certificates", "wait")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PARTS: Final = 3


@dataclass(frozen=True)
class Settings:
    """Where a workspace is asked."""

    workspace: WorkspaceId
    url: str = _PUBLIC_CLOUD
    """Of Azure Resource Manager; another cloud has another."""
    api_version: str = NEWEST_STABLE
    storage: str | None = None
    """Stands for `https://<account>.blob.<suffix>` where blobs are elsewhere."""
    certificates: str | None = None
    """A PEM file of authorities to trust, as behind a proxy that opens TLS."""
    wait_s: float = 3600
    """The longest that a deployment is waited for."""


def read_settings(address: str, options: Mapping[str, str]) -> Settings:
    """Read `SUBSCRIPTION/GROUP/WORKSPACE` and the options.

    Raises:
        TargetError: something cannot be meant.
    """
    parts = address.split("/")
    if len(parts) != _PARTS or not all(parts):
        raise TargetError(f"azureml:{address} names no workspace. Write azureml:SUBSCRIPTION/RESOURCE_GROUP/WORKSPACE.")
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise TargetError(f"azureml: takes no option {', '.join(unknown)}. It takes {', '.join(_OPTIONS)}.")
    url, storage = options.get("url", _PUBLIC_CLOUD).rstrip("/"), options.get("storage")
    for each in filter(None, (url, storage)):
        refuse_clear_text(each)
    try:
        wait_s = float(options.get("wait", "3600"))
    except ValueError:
        raise TargetError(f"wait={options['wait']}: write seconds.") from None
    workspace = WorkspaceId(*parts)
    version = options.get("api-version", NEWEST_STABLE)
    return Settings(workspace, url, version, storage, options.get("certificates"), wait_s)


def refuse_clear_text(url: str, what: str = "token") -> None:
    """What is secret is sent over https, or within this machine.

    Raises:
        TargetError: the address is neither.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise TargetError(f"{url} is not https: the {what} would cross the network in the clear.")
