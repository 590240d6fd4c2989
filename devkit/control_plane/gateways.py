"""What each endpoint's gateway is told, and that one runs for each."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from devkit.control_plane import restarts
from devkit.control_plane.errors import NotFoundError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from devkit.control_plane.gateway_configs import Serving
    from devkit.control_plane.store import Store
    from devkit.gateway.config import GatewayConfig
    from devkit.workspace import Workspace

__all__ = ["GatewayControl", "Gateways"]

_LOGGER = logging.getLogger(__name__)


class GatewayControl(Protocol):
    """Starts, tells and ends gateway processes; `devkit.gateway.process` by default."""

    def apply(self, folder: Path, config: GatewayConfig) -> None:
        """Write the configuration, and have the folder's gateway, started if need be, go by it before returning."""
        ...

    def ensure(self, folder: Path) -> bool:
        """Start a gateway on the folder unless one runs; tell whether one was started."""
        ...

    def stop(self, folder: Path) -> None:
        """End the gateway of the folder, letting it finish what is under way."""
        ...

    def state(self, folder: Path) -> dict[str, Any]:
        """Its figures; empty when it does not answer."""
        ...


class Gateways:
    """The gateways of a workspace."""

    def __init__(
        self,
        workspace: Workspace,
        store: Store,
        control: GatewayControl,
        deployments: Callable[[str], Mapping[str, Serving]],
    ) -> None:
        """Run gateways by `control`; `deployments` tells those of an endpoint."""
        self._workspace = workspace
        self._store = store
        self._control = control
        self._deployments = deployments
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}
        self._trouble: dict[str, str] = {}
        self._ended = False

    def publish(self, endpoint: str) -> None:
        """Tell the endpoint's gateway how things stand; what is under way goes on. Starts the gateway if need be.

        Raises:
            NotFoundError: there is no such endpoint.
            StateError: the revision could not be written.
        """
        from devkit.control_plane.gateway_configs import gateway_config  # late: it brings pydantic

        with self._lock(endpoint):
            record = self._store.endpoints.get(endpoint)
            if record is None:
                raise NotFoundError(f"There is no online endpoint '{endpoint}'.")
            record.revision += 1
            self._store.bump_revision(endpoint, record.revision)
            folder = self._workspace.gateway(endpoint)
            folder.mkdir(parents=True, exist_ok=True)
            if not self._ended:
                tokens = self._store.tokens.all(endpoint=endpoint)
                config = gateway_config(record, tokens, self._deployments(endpoint))
                try:
                    self._control.apply(folder, config)
                except ServiceError as error:
                    self._tell_trouble(endpoint, error)
                    raise
                self._trouble.pop(endpoint, None)

    def keep(self, endpoint: str) -> None:
        """Start the endpoint's gateway again if it died; where its port is taken, ever more rarely."""
        with self._lock(endpoint):
            folder = self._workspace.gateway(endpoint)
            wanted = not self._ended and self._store.endpoints.get(endpoint) is not None
            wanted = wanted and folder.is_dir()  # an endpoint that was just written is told of in a moment
            failures, next_try = self._failures.get(endpoint, (0, 0.0))
            if not wanted or time.monotonic() < next_try:
                return
            try:
                if self._control.ensure(folder):
                    _LOGGER.warning("The gateway of endpoint %s had ended; it was started again.", endpoint)
            except ServiceError as error:
                self._tell_trouble(endpoint, error)
                self._failures[endpoint] = (failures + 1, time.monotonic() + restarts.pause(failures + 1))
            else:
                self._failures.pop(endpoint, None)
                self._trouble.pop(endpoint, None)

    def trouble(self, endpoint: str) -> str | None:
        """Why the endpoint's gateway does not run; None while it does."""
        return self._trouble.get(endpoint)

    def _tell_trouble(self, endpoint: str, error: ServiceError) -> None:
        if self._trouble.get(endpoint) != error.message:
            _LOGGER.warning("The gateway of endpoint %s does not run: %s", endpoint, error.message)
        self._trouble[endpoint] = error.message

    def stop(self, endpoint: str) -> None:
        """End the endpoint's gateway."""
        with self._lock(endpoint):
            self._control.stop(self._workspace.gateway(endpoint))

    def end(self) -> None:
        """End every gateway; none is started from now on, whatever is told of the instances that end meanwhile."""
        self._ended = True
        for endpoint in self._store.endpoints.all():
            self.stop(endpoint.name)

    def state(self, endpoint: str) -> dict[str, Any]:
        """The gateway's figures."""
        return self._control.state(self._workspace.gateway(endpoint))

    def in_flight(self, endpoint: str, target: str) -> int:
        """How many requests are under way at an instance that was taken out of rotation; 0 when there is no telling."""
        leaving = self.state(endpoint).get("leaving") or {}
        return int(leaving.get(target, 0))

    def _lock(self, endpoint: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(endpoint, threading.Lock())
