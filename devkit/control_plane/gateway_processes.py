"""The gateways as processes of their own, which go on serving when the control plane ends.

`devkit.gateway` is imported when the first is needed: it brings pydantic, which an idle control plane spares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.control_plane.errors import ServiceError

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.gateway.config import GatewayConfig

__all__ = ["GatewayProcesses"]

_GRACE_SECONDS = 10.0


class GatewayProcesses:
    """`devkit.gateway.process`, as the control plane needs it."""

    def apply(self, folder: Path, config: GatewayConfig) -> None:
        """Write the configuration and have the gateway of the folder go by it, which is started if need be.

        Raises:
            ServiceError: it refused, or could not be started.
        """
        from devkit.gateway import process
        from devkit.gateway.client import GatewayError

        try:
            process.apply(folder, config)
        except (GatewayError, OSError) as error:
            raise ServiceError(str(error), code="GatewayFailed") from error

    def ensure(self, folder: Path) -> bool:
        """Start a gateway on the folder unless one runs; tell whether one was started.

        Raises:
            ServiceError: it could not be started.
        """
        from devkit.gateway import process
        from devkit.gateway.client import GatewayError

        if process.adopt(folder) is not None:
            return False
        try:
            process.start(folder)
        except (GatewayError, OSError) as error:
            raise ServiceError(str(error), code="GatewayFailed") from error
        return True

    def stop(self, folder: Path) -> None:
        """End the gateway of the folder, letting it answer what it has in hand."""
        from devkit.gateway import process

        process.stop(folder, _GRACE_SECONDS)

    def state(self, folder: Path) -> dict[str, Any]:
        """Its figures; empty when it does not answer."""
        from devkit.gateway import process
        from devkit.gateway.client import AdminClient, GatewayError

        status = process.adopt(folder)
        try:
            return AdminClient(status).state() if status is not None else {}
        except GatewayError:
            return {}
