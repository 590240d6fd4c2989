"""The kit's own paths: how things stand, and the end."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from devkit.control_plane.api.requests import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.control_plane.operations import Operations

__all__ = ["LocalRoutes"]

_ACCEPTED = 202


class LocalRoutes:
    """Handlers of what Azure has no counterpart for."""

    def __init__(self, operations: Operations, end: Callable[[], None]) -> None:
        self._operations = operations
        self._end = end

    def routes(self) -> list[web.RouteDef]:
        """Which handler answers what."""
        return [web.get("/devkit/status", self.status), web.post("/devkit/shutdown", self.shut_down)]

    async def status(self, request: web.Request) -> web.Response:  # noqa: ARG002  the handler's signature
        """Process, memory, endpoints with their gateways and deployments."""
        return web.json_response(await in_thread(self._status))

    async def shut_down(self, request: web.Request) -> web.Response:  # noqa: ARG002  the handler's signature
        """Begin the end; the process is gone once all that it ran is."""
        self._end()
        return web.Response(status=_ACCEPTED)

    def _status(self) -> dict[str, Any]:
        import psutil

        operations = self._operations
        return {
            "pid": os.getpid(),
            "workspace": str(operations.workspace.root),
            "uptimeSeconds": time.time() - operations.started,
            "memoryBytes": psutil.Process().memory_info().rss,
            "endpoints": [self._endpoint(record.name, record.port) for record in operations.endpoints.all()],
        }

    def _endpoint(self, name: str, port: int) -> dict[str, Any]:
        operations = self._operations
        return {
            "name": name,
            "port": port,
            "gateway": operations.supervisor.gateways.state(name),
            "deployments": [
                {
                    "name": record.name,
                    "state": record.state,
                    "instances": operations.deployments.instances(name, record.name),
                }
                for record in operations.deployments.all(name)
            ],
        }
