"""The places of all instances, by deployment: opened under fresh names, none any more once the end has begun."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from devkit.control_plane.errors import CutOffError
from devkit.control_plane.records import InstanceRecord
from devkit.control_plane.slots import Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.control_plane.recipes import Recipe
    from devkit.control_plane.store import Store
    from devkit.runtime.protocol import Instance
    from devkit.workspace import Workspace

__all__ = ["SlotGroups"]


class SlotGroups:
    """Slots by endpoint and deployment. Threads may use it at the same time."""

    def __init__(self, workspace: Workspace, store: Store, changed: Callable[[Slot], None]) -> None:
        """Start empty; `changed` is called by slots that entered or left rotation."""
        self._workspace = workspace
        self._store = store
        self._changed = changed
        self._lock = threading.Lock()
        self._groups: dict[tuple[str, str], list[Slot]] = {}
        self.ending = threading.Event()

    def of(self, endpoint: str, deployment: str) -> list[Slot]:
        """Those of a deployment."""
        with self._lock:
            return list(self._groups.get((endpoint, deployment), ()))

    def knows(self, name: str) -> bool:
        """Whether an instance of the name has its place."""
        with self._lock:
            return any(slot.name == name for group in self._groups.values() for slot in group)

    def open(  # noqa: PLR0913  what names the instances, and how they are started
        self, endpoint: str, deployment: str, generation: int, recipe: Recipe, count: int, *, patient: bool = False
    ) -> list[Slot]:
        """Open `count` new places of a generation, under the lowest free numbers.

        Raises:
            CutOffError: the control plane ends.
        """
        taken = {slot.name for slot in self.of(endpoint, deployment)}
        names = (f"{endpoint}.{deployment}.{generation}.{number}" for number in itertools.count())
        free = list(itertools.islice((name for name in names if name not in taken), count))
        records = [InstanceRecord(name, endpoint, deployment, generation) for name in free]
        return [self.add(record, recipe, patient=patient) for record in records]

    def add(self, record: InstanceRecord, recipe: Recipe, *, patient: bool, instance: Instance | None = None) -> Slot:
        """Open one place; of an `instance` that runs already, if one is given.

        Raises:
            CutOffError: the control plane ends, and nobody would end what is started now.
        """
        folder = self._workspace.deployment(record.endpoint, record.deployment) / record.name
        slot = Slot(
            record,
            recipe,
            folder=folder,
            store=self._store,
            changed=self._changed,
            instance=instance,
            patient=patient,
        )
        with self._lock:
            if self.ending.is_set():
                raise CutOffError
            self._groups.setdefault((record.endpoint, record.deployment), []).append(slot)
            slot.open()
        return slot

    def remove(self, slot: Slot) -> None:
        """Forget a place whose instance was ended."""
        with self._lock:
            group = self._groups.get((slot.record.endpoint, slot.record.deployment), [])
            if slot in group:
                group.remove(slot)

    def end(self) -> list[Slot]:
        """Open none from now on; give those that are there."""
        with self._lock:
            self.ending.set()
            return [slot for group in self._groups.values() for slot in group]
