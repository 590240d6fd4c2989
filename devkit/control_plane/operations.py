"""The Python API of the control plane: what its HTTP API, and tests, call."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.control_plane.asset_versions import AssetOperations
from devkit.control_plane.content import Content
from devkit.control_plane.deployments import DeploymentOperations
from devkit.control_plane.endpoints import EndpointOperations
from devkit.control_plane.errors import ServiceError
from devkit.control_plane.gateway_processes import GatewayProcesses
from devkit.control_plane.jobs import Jobs
from devkit.control_plane.memory import give_back
from devkit.control_plane.runtimes import Runtimes, by_name
from devkit.control_plane.store import Store
from devkit.control_plane.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devkit.control_plane.gateways import GatewayControl
    from devkit.control_plane.supervisor import Planner
    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Runtime
    from devkit.workspace import Workspace

__all__ = ["Operations"]

_LOGGER = logging.getLogger(__name__)
_JOIN_SECONDS = 10.0
_KEEP_OPERATIONS_SECONDS = 7 * 24 * 3600


class Operations:
    """One workspace's endpoints, deployments and assets. One process at a time may have it."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        runtimes: Mapping[str, Callable[[], Runtime]] | None = None,
        gateways: GatewayControl | None = None,
        plan: Planner | None = None,
    ) -> None:
        """Open the workspace's state; nothing is started or adopted yet, see `start`.

        Args:
            workspace: the workspace.
            runtimes: makers of runtimes by name; the kit's if None.
            gateways: starts gateways; the kit's if None.
            plan: makes a plan of a deployment's body; the kit's if None.

        Raises:
            StateError: the state cannot be read or written.
            NewerDatabaseError: a newer version of the kit wrote it.
        """
        workspace.prepare()
        self.workspace = workspace
        self.started = time.time()
        self.store = Store(workspace.database)
        self.content = Content(workspace)
        self.content.tidy()
        self.jobs = Jobs(self.store)
        self.assets = AssetOperations(self.store, self.content.bring, in_use=self.content.in_use, deleted=self._collect)
        planner = plan or self._plan
        kinds = Runtimes(by_name() if runtimes is None else runtimes, self.store)
        self.supervisor = Supervisor(workspace, self.store, kinds, planner, gateways or GatewayProcesses())
        self.endpoints = EndpointOperations(workspace, self.store, self.jobs, self.supervisor)
        self.deployments = DeploymentOperations(
            workspace, self.store, self.jobs, self.supervisor, planner, self.endpoints
        )

    def _plan(self, endpoint: str, name: str, body: Mapping[str, Any]) -> DeploymentPlan:
        from devkit.control_plane.planning import DeploymentPlanner  # late: it brings the documents' types

        return DeploymentPlanner(self.assets).plan(endpoint, name, body)

    def _collect(self) -> None:
        """Remove content that no version refers to; of versions deleted by force, once no deployment uses them."""
        try:
            self.assets.forget_deleted()
            self.content.collect(lambda: [Path(each.content) for each in self.store.versions.all() if each.content])
        except ServiceError as error:
            _LOGGER.warning("Content that nobody uses was left: %s", error)

    def start(self) -> None:
        """Take over what a predecessor left running, and take up what it was doing."""
        self.store.forget_operations(time.time() - _KEEP_OPERATIONS_SECONDS)
        self.supervisor.adopt()
        self.jobs.resume()
        give_back()

    def shut_down(self) -> None:
        """End every instance and gateway; the state is kept."""
        self.supervisor.shut_down()
        self.jobs.join(_JOIN_SECONDS)
        self._collect()
        self.store.close()
