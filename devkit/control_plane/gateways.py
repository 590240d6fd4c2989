"""What each endpoint's gateway is told, and that one runs for each."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol

from devkit.control_plane import rules
from devkit.control_plane.errors import NotFoundError
from devkit.gateway.config import Authentication, Backend, Collecting, GatewayConfig, Target, digest_of_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from devkit.control_plane.records import EndpointRecord
    from devkit.control_plane.slots import Slot
    from devkit.control_plane.store import Store
    from devkit.runtime.plan import DeploymentPlan
    from devkit.workspace import Workspace

__all__ = ["GatewayControl", "Gateways", "backend"]

_LOGGER = logging.getLogger(__name__)
_MODES = {"Key": "key", "AMLToken": "aml_token", "AADToken": "aad_token"}


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
        backends: Callable[[str], Mapping[str, Backend]],
    ) -> None:
        """Run gateways by `control`; `backends` tells the deployments of an endpoint that may be asked."""
        self._workspace = workspace
        self._store = store
        self._control = control
        self._backends = backends
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._ended = False

    def publish(self, endpoint: str) -> None:
        """Tell the endpoint's gateway how things stand; what is under way goes on. Starts the gateway if need be.

        Raises:
            NotFoundError: there is no such endpoint.
            StateError: the revision could not be written.
        """
        with self._lock(endpoint):
            record = self._store.endpoints.get(endpoint)
            if record is None:
                raise NotFoundError(f"There is no online endpoint '{endpoint}'.")
            record.revision += 1
            self._store.bump_revision(endpoint, record.revision)
            folder = self._workspace.gateway(endpoint)
            folder.mkdir(parents=True, exist_ok=True)
            if not self._ended:
                self._control.apply(folder, self._config(record))

    def keep(self, endpoint: str) -> None:
        """Start the endpoint's gateway again if it died."""
        with self._lock(endpoint):
            wanted = not self._ended and self._store.endpoints.get(endpoint) is not None
            if wanted and self._control.ensure(self._workspace.gateway(endpoint)):
                _LOGGER.warning("The gateway of endpoint %s had ended; it was started again.", endpoint)

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

    def _config(self, record: EndpointRecord) -> GatewayConfig:
        properties = record.body.get("properties") or {}
        return GatewayConfig(
            endpoint=record.name,
            revision=record.revision,
            port=record.port,
            authentication=self._authentication(record),
            traffic=rules.shares(properties.get("traffic"), "Traffic"),
            mirror=rules.shares(properties.get("mirrorTraffic"), "Mirror traffic"),
            backends=self._backends(record.name),
        )

    def _authentication(self, record: EndpointRecord) -> Authentication:
        mode = _MODES[rules.check_auth_mode((record.body.get("properties") or {}).get("authMode"))]
        tokens = {token.digest: token.expires for token in self._store.tokens.all(endpoint=record.name)}
        keys = (digest_of_key(record.primary_key), digest_of_key(record.secondary_key)) if mode == "key" else ()
        return Authentication(mode=mode, keys=keys, tokens=tokens)  # type: ignore[arg-type]  # one of the three, by the table


def backend(plan: DeploymentPlan, slots: list[Slot]) -> Backend:
    """A deployment as its gateway sees it."""
    targets = [_target(plan, slot) for slot in slots if slot.in_rotation]
    return Backend(
        targets=tuple(target for target in targets if target is not None),
        scoring_path=plan.routes.scoring.path,
        timeout_s=plan.requests.timeout_s,
        max_concurrent_per_instance=plan.requests.max_concurrent_per_instance,
        max_queue_wait_s=plan.requests.max_queue_wait_s,
        collecting=Collecting.of(plan.data_collector),
    )


def _target(plan: DeploymentPlan, slot: Slot) -> Target | None:
    instance = slot.instance
    if instance is None:
        return None
    port = instance.ports[plan.routes.scoring.port]
    return Target(name=slot.name, host=instance.host, port=port, no_timeout=slot.debugged)
