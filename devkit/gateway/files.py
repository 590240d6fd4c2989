"""The files of a gateway's folder: the configuration that it reads, the status that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from devkit.disk.whole_files import write_whole
from devkit.gateway.config import GatewayConfig, GatewayStatus

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "CONFIG",
    "LOG",
    "MIRROR_RECORDS",
    "STATUS",
    "ConfigError",
    "read_config",
    "read_status",
    "write_config",
    "write_status",
]

CONFIG = "config.json"
STATUS = "status.json"
LOG = "gateway.log"
MIRROR_RECORDS = "mirror.jsonl"


class ConfigError(Exception):
    """The configuration cannot be gone by; `str(error)` says why."""


def read_config(folder: Path) -> GatewayConfig:
    """The configuration of a folder.

    Raises:
        ConfigError: it is not there, or a rule of the service forbids it.
    """
    path = folder / CONFIG
    try:
        return GatewayConfig.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}" for each in error.errors())
        raise ConfigError(f"{path} cannot be gone by: {found}.") from None


def write_config(folder: Path, config: GatewayConfig) -> None:
    """Write the configuration whole, for its owner alone."""
    _write(folder / CONFIG, config.model_dump_json(indent=1))


def read_status(folder: Path) -> GatewayStatus | None:
    """What the folder's gateway wrote last; None where none ever listened. It may have ended since."""
    try:
        return GatewayStatus.model_validate_json((folder / STATUS).read_bytes())
    except (OSError, ValidationError):
        return None


def write_status(folder: Path, status: GatewayStatus) -> None:
    """Write the status whole, for its owner alone: it holds the admin token."""
    _write(folder / STATUS, status.model_dump_json(indent=1))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, text)
