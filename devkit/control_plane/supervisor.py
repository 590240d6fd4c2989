"""Keeps every deployment's instances as they are wanted: roll-outs, restarts, and what a killed control plane left."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from devkit.control_plane import rollout
from devkit.control_plane.errors import CutOffError, ServiceError
from devkit.control_plane.gateways import Gateways
from devkit.control_plane.recipes import Recipe
from devkit.control_plane.records import InstanceRecord, State
from devkit.control_plane.slot_groups import SlotGroups
from devkit.control_plane.slots import Slot, SlotState
from devkit.runtime.plan import DeploymentPlan, Probe, Routes
from devkit.runtime.protocol import CannotRunError, Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from devkit.control_plane.gateway_configs import Serving
    from devkit.control_plane.gateways import GatewayControl
    from devkit.control_plane.records import DeploymentRecord
    from devkit.control_plane.runtimes import Runtimes
    from devkit.control_plane.store import Store
    from devkit.runtime.protocol import Progress
    from devkit.workspace import Workspace

    Planner = Callable[[str, str, Mapping[str, Any]], DeploymentPlan]

__all__ = ["Supervisor", "needs_new_instances"]

_LOGGER = logging.getLogger(__name__)
_KEEP_EVERY_SECONDS = 1.0
_DRAIN_LOOK_SECONDS = 0.05
_STOP_GRACE_SECONDS = 5.0
_SETTLE_LOOK_SECONDS = 0.5
_RETURN_SECONDS = 60.0


def needs_new_instances(old: DeploymentPlan, new: DeploymentPlan) -> bool:
    """Whether instances of one plan cannot serve for the other: what they see of it differs."""
    return _seen_by_instances(old) != _seen_by_instances(new)


def _seen_by_instances(plan: DeploymentPlan) -> DeploymentPlan:
    return replace(plan, instance_count=1, liveness=Probe(), readiness=Probe(), tags={})


class Supervisor:
    """The instances of a workspace. Threads may use it at the same time."""

    def __init__(
        self, workspace: Workspace, store: Store, runtimes: Runtimes, plan: Planner, gateways: GatewayControl
    ) -> None:
        """Supervise nothing yet; see `adopt`."""
        self._workspace = workspace
        self._store = store
        self._runtimes = runtimes
        self._plan = plan
        self._lock = threading.RLock()
        self._slots = SlotGroups(workspace, store, self._changed)
        self._plans: dict[tuple[str, str], DeploymentPlan] = {}
        self._waiting: dict[tuple[str, str], threading.Event] = {}
        """Of each roll-out that goes on: set to cancel it."""
        self._ending = self._slots.ending
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self.gateways = Gateways(workspace, store, gateways, self._serving)

    # Start and end

    def adopt(self) -> None:
        """Take over what runs already, end what nobody wants, start what is missing. Call it once, at the start."""
        running = {instance.name: instance for instance in self._runtimes.find(self._workspace.root)}
        records = {record.name: record for record in self._store.instances.all()}
        for deployment in self._store.deployments.all():
            self._adopt_deployment(deployment, running, records)
        for name, instance in running.items():
            if not self._slots.knows(name):
                _LOGGER.warning("Instance %s belongs to no deployment any longer; it is ended.", name)
                self._runtimes.get(instance.runtime).stop(instance, 0)
        for name in records:
            if not self._slots.knows(name):
                self._store.instances.delete(name=name)
        for endpoint in self._store.endpoints.all():
            self._publish(endpoint.name)
        self._keeper.start()

    def shut_down(self) -> None:
        """End every instance and every gateway. The state stays: a later start serves again."""
        slots = self._slots.end()
        self.gateways.end()
        _at_once(slots, lambda slot: slot.close(_STOP_GRACE_SECONDS))

    # Deployments

    def roll_out(self, endpoint: str, name: str, tell: Progress) -> None:
        """Bring a deployment to what its record wants; old instances go as new ones get ready. Blocks.

        May be called again after a kill: instances of the wanted generation that were adopted count.

        Raises:
            ServiceError: the new instances could not be had. They are ended, and the old ones serve as before.
            CutOffError: the control plane ends.
        """
        record = self._store.deployments.get(endpoint, name)
        if record is None:
            return
        with self._lock:
            self._waiting[endpoint, name] = threading.Event()
        try:
            plan = self._plan(endpoint, name, record.body)
            recipe = self._prepare(record, plan, tell)
            self._replace(record, recipe, tell)
        except (ServiceError, CannotRunError) as error:
            failure = error if isinstance(error, ServiceError) else _failure(error)
            self._keep_old(record)
            raise failure from error
        finally:
            with self._lock:
                del self._waiting[endpoint, name]
        record.serving, record.serving_generation = record.body, record.generation
        self._settle(record, State.SUCCEEDED)

    def remove(self, endpoint: str, name: str, *, publish: bool = True) -> None:
        """End a deployment's instances; unless `publish` is false, take it out of its gateway first."""
        slots = self.slots(endpoint, name)
        for slot in slots:
            slot.retiring = True
        if publish:
            self._publish(endpoint)
        _at_once(slots, self._retire)
        with self._lock:
            self._plans.pop((endpoint, name), None)

    def cancel(self, endpoint: str, name: str) -> None:
        """Let a roll-out that waits for instances give up now."""
        with self._lock:
            waiting = self._waiting.get((endpoint, name))
        if waiting is not None:
            waiting.set()

    def slots(self, endpoint: str, name: str) -> list[Slot]:
        """The places of a deployment's instances."""
        return self._slots.of(endpoint, name)

    def ready(self, endpoint: str) -> set[str]:
        """The deployments of an endpoint that serve."""
        return {record.name for record in self._store.deployments.all(endpoint=endpoint) if record.serving is not None}

    def serving_plan(self, endpoint: str, name: str) -> DeploymentPlan | None:
        """The plan that a deployment's serving instances were started by."""
        with self._lock:
            return self._plans.get((endpoint, name))

    def scoring_path(self, endpoint: str, traffic: Mapping[str, int]) -> str:
        """The path that the scoring URI ends with: that of the deployment with the most traffic, else the first's."""
        with self._lock:
            plans = {name: plan for (owner, name), plan in sorted(self._plans.items()) if owner == endpoint}
        chosen = max(plans, key=lambda name: traffic.get(name, 0), default=None)
        return plans[chosen].routes.scoring.path if chosen else Routes().scoring.path

    # Roll-out

    def _prepare(self, record: DeploymentRecord, plan: DeploymentPlan, tell: Progress) -> Recipe:
        recipe = Recipe(plan, self._runtimes.of(record.body))
        tell(f"Preparing the environment of '{record.name}' ({recipe.runtime.name})")
        prepared = recipe.prepared(tell)
        for sentence in prepared.not_honoured:
            tell(f"Not honoured: {sentence}")
        record.notes = list(prepared.not_honoured)
        return recipe

    def _replace(self, record: DeploymentRecord, recipe: Recipe, tell: Progress) -> None:
        slots = self.slots(record.endpoint, record.name)
        new = [slot for slot in slots if slot.record.generation == record.generation]
        old = [slot for slot in slots if slot.record.generation != record.generation]
        before = next((slot.recipe for slot in old), None)
        wanted = recipe.plan.instance_count
        for slot in new:
            slot.recipe = recipe
        started = [slot for slot in new if not slot.settled]  # adopted in the midst of a roll-out
        new = [slot for slot in new if slot.settled]
        try:
            self._await_ready(record, started, len(started), tell)
            for step in rollout.steps(len(old), len(new + started), wanted):
                batch = self._slots.open(record.endpoint, record.name, record.generation, recipe, step.start)
                started += batch
                self._await_ready(record, batch, len(started), tell)
                with self._lock:
                    self._plans[record.endpoint, record.name] = recipe.plan
                self._end(record.endpoint, [old.pop() for _ in range(step.stop)], tell)
        except (ServiceError, CannotRunError):
            if before is not None:
                self._bring_back(record, before, tell)
            failed = started if record.generation == record.serving_generation else new + started
            self._end(record.endpoint, failed, tell)
            raise
        with self._lock:
            self._plans[record.endpoint, record.name] = recipe.plan
        self._end(record.endpoint, (new + started)[wanted:], tell)
        self._publish(record.endpoint)

    def _bring_back(self, record: DeploymentRecord, recipe: Recipe, tell: Progress) -> None:
        """Start again the old instances that went before the roll-out failed; the new ones serve until they are up."""
        with self._lock:
            self._plans[record.endpoint, record.name] = recipe.plan
        cancelled = self._waiting[record.endpoint, record.name]
        generation = record.serving_generation
        left = [slot for slot in self.slots(record.endpoint, record.name) if slot.record.generation == generation]
        missing = recipe.plan.instance_count - len(left)
        if cancelled.is_set() or missing <= 0:  # what is cancelled is about to be deleted
            return
        tell(f"Bringing back instances of '{record.name}' as they were: {missing}")
        returning = self._slots.open(record.endpoint, record.name, generation, recipe, missing, patient=True)
        deadline = time.monotonic() + _RETURN_SECONDS
        for slot in returning:
            while not slot.wait_settled(_SETTLE_LOOK_SECONDS) and time.monotonic() < deadline:
                if cancelled.is_set() or self._ending.is_set():
                    return

    def _await_ready(self, record: DeploymentRecord, batch: list[Slot], started: int, tell: Progress) -> None:
        if batch:
            tell(f"Starting instances of '{record.name}': {started} so far")
        for slot in batch:
            while not slot.wait_settled(_SETTLE_LOOK_SECONDS):
                if self._ending.is_set():
                    raise CutOffError
                if self._waiting[record.endpoint, record.name].is_set():
                    raise ServiceError(f"The roll-out of '{record.name}' was cancelled.", code="OperationCanceled")
            if slot.state is SlotState.FAILED and slot.error is not None:
                raise slot.error
            tell(f"Instance {slot.name} is ready")

    def _end(self, endpoint: str, slots: list[Slot], tell: Progress) -> None:
        if not slots:
            return
        for slot in slots:
            slot.retiring = True
        self._publish(endpoint)
        _at_once(slots, self._retire)
        for slot in slots:
            tell(f"Instance {slot.name} has ended")

    def _retire(self, slot: Slot) -> None:
        """End an instance that is out of rotation, once what is under way at it is answered."""
        deadline = time.monotonic() + slot.recipe.plan.requests.timeout_s
        while self.gateways.in_flight(slot.record.endpoint, slot.name) and time.monotonic() < deadline:
            time.sleep(_DRAIN_LOOK_SECONDS)
        slot.close(_STOP_GRACE_SECONDS)
        self._slots.remove(slot)

    def _keep_old(self, record: DeploymentRecord) -> None:
        if self._ending.is_set():
            raise CutOffError  # whatever failed now, failed of the end; it goes on at the next start
        self._settle(record, State.FAILED)

    def _settle(self, record: DeploymentRecord, state: State) -> None:
        record.state, record.modified = state.value, time.time()
        self._store.deployments.put(record)

    # Adoption

    def _adopt_deployment(
        self, record: DeploymentRecord, running: Mapping[str, Instance], records: Mapping[str, InstanceRecord]
    ) -> None:
        wanted = {record.generation: record.body}  # a roll-out that was cut off goes on with these
        if record.serving is not None:
            wanted[record.serving_generation] = record.serving
        for generation, body in wanted.items():
            try:
                recipe = Recipe(self._plan(record.endpoint, record.name, body), self._runtimes.of(body))
            except (ServiceError, CannotRunError) as error:
                _LOGGER.warning("Deployment %s of %s cannot be run: %s", record.name, record.endpoint, error)
                if body is record.serving:  # as when its model was deleted by force
                    record.notes = [str(error)]
                    self._settle(record, State.FAILED)
                continue
            self._adopt_generation(record, generation, recipe, running, records)

    def _adopt_generation(
        self,
        record: DeploymentRecord,
        generation: int,
        recipe: Recipe,
        running: Mapping[str, Instance],
        records: Mapping[str, InstanceRecord],
    ) -> None:
        serves = record.serving is not None and generation == record.serving_generation
        if serves:
            self._plans[record.endpoint, record.name] = recipe.plan
        prefix = f"{record.endpoint}.{record.name}.{generation}."
        for name, instance in running.items():
            if name.startswith(prefix):
                known = records.get(name) or InstanceRecord(name, record.endpoint, record.name, generation)
                known.instance = instance.to_json()
                self._slots.add(known, recipe, patient=serves, instance=instance)
        if serves:
            have = [slot for slot in self.slots(record.endpoint, record.name) if slot.name.startswith(prefix)]
            missing = max(0, recipe.plan.instance_count - len(have))
            self._slots.open(record.endpoint, record.name, generation, recipe, missing, patient=True)

    # Gateways

    def _serving(self, endpoint: str) -> dict[str, Serving]:
        return {
            record.name: (
                self.serving_plan(endpoint, record.name) or _plan_of(self.slots(endpoint, record.name)),
                self.slots(endpoint, record.name),
            )
            for record in self._store.deployments.all(endpoint=endpoint)
        }

    def _changed(self, slot: Slot) -> None:
        if not self._ending.is_set():
            self._publish(slot.record.endpoint)

    def _publish(self, endpoint: str) -> None:
        try:
            self.gateways.publish(endpoint)
        except ServiceError as error:
            _LOGGER.warning("The gateway of %s was not told: %s", endpoint, error)

    def _keep(self) -> None:
        while not self._ending.wait(_KEEP_EVERY_SECONDS):
            self._keep_gateways()

    def _keep_gateways(self) -> None:
        try:
            for endpoint in self._store.endpoints.all():
                self.gateways.keep(endpoint.name)
        except ServiceError as error:
            _LOGGER.warning("A gateway could not be kept: %s", error)
        except Exception:  # gateways are looked after as long as the control plane lives
            _LOGGER.exception("A gateway could not be kept")


def _plan_of(slots: Iterable[Slot]) -> DeploymentPlan | None:
    return next((slot.recipe.plan for slot in slots), None)


def _failure(error: CannotRunError) -> ServiceError:
    return ServiceError(str(error), code=error.code, log=error.log)


def _at_once(slots: Iterable[Slot], work: Callable[[Slot], None]) -> None:
    threads = [threading.Thread(target=work, args=(slot,), daemon=True) for slot in slots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
