"""The place of one instance: a thread that probes it, starts it again when it dies, and tells of changes."""

from __future__ import annotations

import logging
import threading
import time
from enum import Enum
from typing import TYPE_CHECKING, Any

from devkit.control_plane import debuggers, probes, restarts
from devkit.control_plane.asking import answers
from devkit.control_plane.errors import ServiceError
from devkit.control_plane.last_words import last_words
from devkit.runtime.protocol import CannotRunError, Instance, InstanceState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devkit.control_plane.recipes import Recipe
    from devkit.control_plane.records import InstanceRecord
    from devkit.control_plane.store import Store
    from devkit.runtime.plan import Probe, Route

__all__ = ["Slot", "SlotState"]

_LOGGER = logging.getLogger(__name__)
_LOOK_EVERY_SECONDS = 0.5
_LOOK_EVERY_SECONDS_AT_START = 0.1
_LOG_LINES = 200


class SlotState(Enum):
    """Where an instance stands, as `show` and `watch` tell it."""

    STARTING = "Starting"
    READY = "Ready"
    UNREADY = "Unready"
    """It was ready and its readiness probe fails now: out of rotation."""
    RESTARTING = "Restarting"
    FAILED = "Failed"
    """It never got ready, and its roll-out gives up."""
    STOPPED = "Stopped"


class Slot:
    """One instance and its successors under the same name."""

    def __init__(  # noqa: PLR0913  each is needed, and all are named at the one call
        self,
        record: InstanceRecord,
        recipe: Recipe,
        *,
        folder: Path,
        store: Store,
        changed: Callable[[Slot], None],
        instance: Instance | None = None,
        patient: bool = False,
    ) -> None:
        """Nothing runs yet; see `open`.

        Args:
            record: how the state knows it.
            recipe: how to start it.
            folder: of its own.
            store: where its record is kept.
            changed: called from the slot's thread when it entered or left rotation, or a debugger came or went.
            instance: it runs already: it is adopted.
            patient: it served before, so that its death is no failure of a roll-out: start it again.
        """
        self.record = record
        self.recipe = recipe
        self.folder = folder
        self.state = SlotState.READY if instance and record.ready else SlotState.STARTING
        self.error: ServiceError | None = None
        self.debugged = False
        self.retiring = False
        self.instance = instance
        self._store = store
        self._changed = changed
        self._patient = patient or bool(instance and record.ready)
        self._ready_since = time.monotonic()
        self._stop = threading.Event()
        self._settled = threading.Event()
        if self.state is SlotState.READY:
            self._settled.set()
        self._thread = threading.Thread(target=self._run, name=record.name, daemon=True)
        self._liveness = self._readiness = probes.begin(recipe.plan.readiness, time.monotonic(), eager=True)

    @property
    def name(self) -> str:
        """The instance's name."""
        return self.record.name

    @property
    def in_rotation(self) -> bool:
        """Whether requests may go to it."""
        return self.state is SlotState.READY and not self.retiring

    @property
    def settled(self) -> bool:
        """Whether it has been ready, or has failed."""
        return self._settled.is_set()

    def open(self) -> None:
        """Start or adopt the instance, and watch it from now on."""
        self._thread.start()

    def wait_settled(self, timeout_s: float) -> bool:
        """Wait until it is ready or has failed; tell whether it has come to either."""
        return self._settled.wait(timeout_s)

    def close(self, grace_s: float) -> None:
        """End the instance, forget its record, and return when it is gone."""
        self.retiring = True
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        if self.instance is not None:
            self.recipe.runtime.stop(self.instance, grace_s)
        self.state = SlotState.STOPPED
        self._store.instances.delete(name=self.name)

    def abandon(self) -> None:
        """Stop watching and leave the instance running, for a later control plane to adopt."""
        self._stop.set()

    def logs(self, lines: int) -> str:
        """The last lines that the instance printed."""
        return self.recipe.runtime.logs(self.instance, self.folder, lines) if self.instance else ""

    def placement_log(self, lines: int) -> str:
        """The last lines on what was fetched and placed for the instance."""
        from devkit.runtime.placing import STORAGE_LOG

        try:
            text = (self.folder / STORAGE_LOG).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def to_json(self) -> dict[str, Any]:
        """For `show` and `watch`."""
        instance, scoring = self.instance, self.recipe.plan.routes.scoring
        return {
            "name": self.name,
            "state": self.state.value,
            "settled": self.settled,
            "generation": self.record.generation,
            "runtime": self.recipe.runtime.name,
            "restarts": self.record.restarts,
            "liveness": self._liveness.passing,
            "readiness": self._readiness.passing,
            "debuggerAttached": self.debugged,
            "debugPort": instance.debug_port if instance else None,
            "pathMappings": dict(instance.path_mappings) if instance else {},
            "scoringUri": instance.url(scoring.port, scoring.path) if instance else None,
            "host": instance.host if instance else None,
            "ports": {str(inside): outside for inside, outside in instance.ports.items()} if instance else {},
            "memoryBytes": self.recipe.runtime.memory_bytes(instance) if instance else None,
            "error": self.error.message if self.error else None,
        }

    # The thread

    def _run(self) -> None:
        try:
            if self.instance is not None:
                self._begin_probes()
            while not self._stop.is_set() and self.state is not SlotState.FAILED:
                if self.instance is None:
                    self._launch()
                else:
                    self._watch(self.instance)
        except ServiceError as error:
            self._give_up(error)
        except Exception as error:
            _LOGGER.exception("Nobody watches instance %s any longer", self.name)
            self._give_up(ServiceError(f"{type(error).__name__}: {error}"))

    def _launch(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            recipe = self.recipe
            instance = recipe.runtime.start(recipe.plan, recipe.prepared(), self.name, self.folder)
        except CannotRunError as error:
            self._could_not_start(error)
            return
        self.instance = instance
        self.record.instance = instance.to_json()
        self._begin_probes()
        self._store.instances.put(self.record)

    def _could_not_start(self, error: CannotRunError) -> None:
        failure = ServiceError(str(error), code=error.code, log=error.log)
        if self._patient:
            self.error = failure
            self._pause_before_restart()
        else:
            self._give_up(failure)

    def _begin_probes(self) -> None:
        now, plan = time.monotonic(), self.recipe.plan
        self._liveness = probes.begin(plan.liveness, now, eager=False)
        self._readiness = probes.begin(plan.readiness, now, eager=True)

    def _watch(self, instance: Instance) -> None:
        self._stop.wait(self._pause())
        if self._stop.is_set():
            return
        try:
            running, exit_code = self.recipe.runtime.state(instance)
            if running is not InstanceState.RUNNING:
                self._died(instance, _how_it_ended(running, exit_code))
            elif not self._look_for_debugger(instance):
                self._probe(instance)
        except CannotRunError as error:
            self._out_of_reach(ServiceError(str(error), code=error.code))

    def _out_of_reach(self, error: ServiceError) -> None:
        """The runtime cannot tell how it stands, for Docker was stopped: what served before is looked for on and on."""
        if not self._patient:
            self._give_up(error)
            return
        self.error = error
        if self.state is SlotState.READY:
            self._enter(SlotState.UNREADY)
        self._stop.wait(_LOOK_EVERY_SECONDS)

    def _pause(self) -> float:
        starting = self.state is SlotState.STARTING
        longest = _LOOK_EVERY_SECONDS_AT_START if starting else _LOOK_EVERY_SECONDS
        due = min(self._liveness.due, self._readiness.due) - time.monotonic()
        return longest if self.debugged else min(longest, max(0.0, due))

    def _look_for_debugger(self, instance: Instance) -> bool:
        port = instance.debug_port
        debugged = self.recipe.plan.dev and port is not None and debuggers.attached(port)
        if debugged != self.debugged:
            self.debugged = debugged
            now, plan = time.monotonic(), self.recipe.plan
            self._liveness = probes.resume(self._liveness, plan.liveness, now)
            self._readiness = probes.resume(self._readiness, plan.readiness, now)
            self._changed(self)
        return debugged

    def _probe(self, instance: Instance) -> None:
        plan = self.recipe.plan
        self._readiness = self._ask(instance, self._readiness, plan.readiness, plan.routes.readiness)
        if self._stop.is_set():
            return
        self._apply_readiness(instance)
        if self.state is SlotState.FAILED:
            return
        self._liveness = self._ask(instance, self._liveness, plan.liveness, plan.routes.liveness)
        if self._liveness.passing is False and not self._stop.is_set():
            self._died(instance, f"failed its liveness probe {plan.liveness.failure_threshold} times in a row")

    def _ask(self, instance: Instance, state: probes.ProbeState, probe: Probe, route: Route) -> probes.ProbeState:
        if state.due > time.monotonic():
            return state
        success = answers(instance.host, instance.ports[route.port], route.path, probe.timeout_s)
        return probes.observe(state, probe, time.monotonic(), success=success)

    def _apply_readiness(self, instance: Instance) -> None:
        if self._readiness.passing and self.state is not SlotState.READY:
            self._became_ready()
        elif self._readiness.passing is False and self.state is SlotState.READY:
            self._enter(SlotState.UNREADY)
        elif self._readiness.passing is False and not self._patient:
            threshold = self.recipe.plan.readiness.failure_threshold
            self._give_up(self._never_ready(instance, f"failed its readiness probe {threshold} times in a row"))

    def _became_ready(self) -> None:
        self._patient = True
        self._ready_since = time.monotonic()
        self.error = None
        self._enter(SlotState.READY)
        self._settled.set()

    def _enter(self, state: SlotState) -> None:
        self.state = state
        self.record.ready = state is SlotState.READY
        self._store.instances.put(self.record)
        self._changed(self)

    def _died(self, instance: Instance, how: str) -> None:
        error = self._never_ready(instance, how)
        if not self._patient:
            self._give_up(error)
            return
        _LOGGER.warning("Instance %s %s; it is started again.", self.name, how)
        self.error = error
        if self.state is SlotState.READY and time.monotonic() - self._ready_since > restarts.STABLE_SECONDS:
            self.record.restarts = 0
        self._enter(SlotState.RESTARTING)
        self.recipe.runtime.stop(instance, 0)
        self.instance = None
        self._pause_before_restart()

    def _pause_before_restart(self) -> None:
        self.record.restarts += 1
        self.state = SlotState.RESTARTING
        self._stop.wait(restarts.pause(self.record.restarts))

    def _never_ready(self, instance: Instance, how: str) -> ServiceError:
        log = self.recipe.runtime.logs(instance, self.folder, _LOG_LINES)
        return ServiceError(f"Instance {self.name} {how}: {last_words(log)}", code="ResourceNotReady", log=log)

    def _give_up(self, error: ServiceError) -> None:
        self.error = error
        self.state = SlotState.FAILED
        self._settled.set()


def _how_it_ended(state: InstanceState, exit_code: int | None) -> str:
    if state is InstanceState.GONE:
        return "is gone"
    return "ended" if exit_code is None else f"ended with exit code {exit_code}"
