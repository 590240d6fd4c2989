"""Deployments: create, update, delete, logs and instances, with the service's rules."""

from __future__ import annotations

import copy
import shutil
import time
from typing import TYPE_CHECKING, Any

from devkit.control_plane import rules
from devkit.control_plane.endpoints import merged
from devkit.control_plane.errors import BadArgumentError, ConflictError, ExistsError, NotFoundError, ServiceError
from devkit.control_plane.records import DeploymentRecord, OperationRecord, State
from devkit.control_plane.supervisor import needs_new_instances
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from devkit.control_plane.endpoints import EndpointOperations
    from devkit.control_plane.jobs import Jobs
    from devkit.control_plane.store import Store
    from devkit.control_plane.supervisor import Planner, Supervisor
    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Progress
    from devkit.workspace import Workspace

    Json = dict[str, Any]

__all__ = ["DeploymentOperations"]

_MOST_DEPLOYMENTS = 20
_CANCEL_SECONDS = 15.0
_MOST_INSTANCES = 50


class DeploymentOperations:
    """What can be done with deployments. Bodies are in the REST shape."""

    def __init__(  # noqa: PLR0913, PLR0917  the parts that it puts together
        self,
        workspace: Workspace,
        store: Store,
        jobs: Jobs,
        supervisor: Supervisor,
        plan: Planner,
        endpoints: EndpointOperations,
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._jobs = jobs
        self._supervisor = supervisor
        self._plan = plan
        self._endpoints = endpoints
        jobs.register("deployment-put", self._apply)
        jobs.register("deployment-delete", self._remove)

    def get(self, endpoint: str, name: str) -> DeploymentRecord:
        """The deployment.

        Raises:
            NotFoundError: there is none of that name, or no such endpoint.
        """
        self._endpoints.get(endpoint)
        record = self._store.deployments.get(endpoint.lower(), name.lower())
        if record is None:
            raise NotFoundError(f"There is no deployment '{name}' in online endpoint '{endpoint}'.")
        return record

    def all(self, endpoint: str) -> list[DeploymentRecord]:
        """Every deployment of an endpoint, by name.

        Raises:
            NotFoundError: there is no such endpoint.
        """
        return self._store.deployments.all(endpoint=self._endpoints.get(endpoint).name)

    def put(
        self, endpoint: str, name: str, body: Json, *, only_new: bool = False
    ) -> tuple[DeploymentRecord, OperationRecord, bool]:
        """Create or replace a deployment by a roll-out, or with `only_new` create alone; tell whether it is new.

        Raises:
            ExistsError: it is there already, and should be new.
            BadArgumentError: a rule of the service is broken, or what the body names cannot be run.
            NotFoundError: there is no such endpoint, or no such code, model or environment.
            ConflictError: something goes on with the deployment.
        """
        rules.check_name("deployment", name)
        owner, name = self._endpoints.get(endpoint), name.lower()
        if owner.state == State.DELETING.value:
            raise ConflictError(f"Endpoint '{owner.name}' is being deleted.")
        plan = self._planned(owner.name, name, body)
        with self._jobs.beginning("deployment-put", owner.name, name) as operation:
            if only_new and self._store.deployments.get(owner.name, name) is not None:
                raise ExistsError(f"Endpoint '{owner.name}' has a deployment '{name}' already.")
            record, new = self._written(owner.name, name, body, plan)
        return record, operation, new

    def patch(self, endpoint: str, name: str, body: Json) -> tuple[DeploymentRecord, OperationRecord, bool]:
        """Change what `body` names and keep the rest.

        Raises:
            NotFoundError: there is no such deployment.
            BadArgumentError, ConflictError: as of `put`.
        """
        return self.put(endpoint, name, merged(self.get(endpoint, name).body, body))

    def delete(self, endpoint: str, name: str) -> OperationRecord | None:
        """Delete a deployment; None where there is none, which is well, as in the service.

        A roll-out that waits for instances to get ready is cancelled: that can take minutes, and nobody wants its end.

        Raises:
            BadArgumentError: it still has traffic.
            ConflictError: something goes on with it.
        """
        record = self._store.deployments.get(endpoint.lower(), name.lower())
        if record is None:
            return None
        properties = self._endpoints.get(endpoint).body.get("properties") or {}
        rules.check_deletable(record.name, properties.get("traffic") or {}, properties.get("mirrorTraffic") or {})
        self._supervisor.cancel(record.endpoint, record.name)
        self._jobs.await_free(record.endpoint, record.name, _CANCEL_SECONDS)
        with self._jobs.beginning("deployment-delete", record.endpoint, record.name) as operation:
            record = self.get(endpoint, name)  # as the cancelled roll-out left it
            record.state = State.DELETING.value
            self._store.deployments.put(record)
        return operation

    def logs(self, endpoint: str, name: str, container: str, lines: int) -> str:
        """The last lines of every instance, each part under its instance's name where there are several.

        Args:
            endpoint: the endpoint.
            name: the deployment.
            container: InferenceServer or StorageInitializer.
            lines: of each instance.

        Raises:
            NotFoundError: there is no such deployment.
            BadArgumentError: there is no such container.
        """
        record = self.get(endpoint, name)
        if container not in {"InferenceServer", "StorageInitializer"}:
            raise BadArgumentError(f"containerType is '{container}'; it must be InferenceServer or StorageInitializer.")
        slots = self._supervisor.slots(record.endpoint, record.name)
        parts = [
            (slot.name, slot.logs(lines) if container == "InferenceServer" else slot.placement_log(lines))
            for slot in slots
        ]
        if not parts:
            return self._last_failure(record)
        if len(parts) == 1:
            return parts[0][1]
        return "\n".join(f"==> {instance} <==\n{text}" for instance, text in parts)

    def instances(self, endpoint: str, name: str) -> list[Json]:
        """Every instance as it stands now.

        Raises:
            NotFoundError: there is no such deployment.
        """
        record = self.get(endpoint, name)
        return [slot.to_json() for slot in self._supervisor.slots(record.endpoint, record.name)]

    def told(self, record: DeploymentRecord) -> dict[str, str]:
        """What the kit adds to a deployment's properties: ready instances, a debugger, what was not honoured."""
        slots = self._supervisor.slots(record.endpoint, record.name)
        ready = sum(slot.in_rotation for slot in slots)
        wanted = int((record.body.get("sku") or {}).get("capacity") or 1)
        told = {"devkit.instances": f"{ready} of {max(wanted, len(slots))} ready"}
        debugged = [slot.name for slot in slots if slot.debugged]
        if debugged:
            told["devkit.debugger"] = (
                f"attached to {', '.join(debugged)}: probes do not count, and requests have no time limit"
            )
        if record.notes:
            told["devkit.notHonoured"] = " ".join(record.notes)
        return told

    def _planned(self, endpoint: str, name: str, body: Json) -> DeploymentPlan:
        try:
            plan = self._plan(endpoint, name, body)
        except CannotRunError as error:
            raise BadArgumentError(str(error), code=error.code) from error
        if not 1 <= plan.instance_count <= _MOST_INSTANCES:
            raise BadArgumentError(f"The instance count is {plan.instance_count}; it must be 1 to {_MOST_INSTANCES}.")
        return plan

    def _written(self, endpoint: str, name: str, body: Json, plan: DeploymentPlan) -> tuple[DeploymentRecord, bool]:
        now = time.time()
        with self._store.transaction():
            known = self._store.deployments.get(endpoint, name)
            if known is None and len(self._store.deployments.all(endpoint=endpoint)) >= _MOST_DEPLOYMENTS:
                raise BadArgumentError(f"Endpoint '{endpoint}' has {_MOST_DEPLOYMENTS} deployments, the most allowed.")
            record = known or DeploymentRecord(endpoint, name, created=now, modified=now)
            if known is not None:
                record.generation = self._generation(known, plan)
            record.body, record.modified = copy.deepcopy(body), now
            record.state = (State.UPDATING if known else State.CREATING).value
            self._store.deployments.put(record)
        return record, known is None

    def _generation(self, record: DeploymentRecord, plan: DeploymentPlan) -> int:
        serving = self._supervisor.serving_plan(record.endpoint, record.name)
        if record.serving is not None and serving is not None and not needs_new_instances(serving, plan):
            return record.serving_generation
        return max(record.generation, record.serving_generation) + 1

    def _apply(self, operation: OperationRecord, tell: Progress) -> None:
        endpoint, name = operation.endpoint, operation.deployment or ""
        failure = self._workspace.deployment(endpoint, name) / "failure.log"
        failure.unlink(missing_ok=True)
        try:
            self._supervisor.roll_out(endpoint, name, tell)
        except ServiceError as error:
            failure.parent.mkdir(parents=True, exist_ok=True)
            failure.write_text(f"{error.message}\n{error.log}\n", encoding="utf-8")
            raise

    def _last_failure(self, record: DeploymentRecord) -> str:
        return _tail(self._workspace.deployment(record.endpoint, record.name) / "failure.log", 5000)

    def _remove(self, operation: OperationRecord, tell: Progress) -> None:
        endpoint, name = operation.endpoint, operation.deployment or ""
        tell(f"Ending the instances of '{name}'")
        self._supervisor.remove(endpoint, name)
        self._store.deployments.delete(endpoint=endpoint, name=name)
        shutil.rmtree(self._workspace.deployment(endpoint, name), ignore_errors=True)


def _tail(path: Any, lines: int) -> str:
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
