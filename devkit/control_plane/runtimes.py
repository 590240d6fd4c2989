"""The runtimes that a control plane knows; each is made when first needed, since one of them needs an engine."""

from __future__ import annotations

import contextlib
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

from devkit.control_plane.errors import BadArgumentError
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from devkit.control_plane.store import Store
    from devkit.runtime.protocol import Instance, Runtime

__all__ = ["RUNTIME_PROPERTY", "Runtimes", "by_name"]

RUNTIME_PROPERTY = "devkit.runtime"
_DEFAULT = "process"


class Runtimes:
    """Runtimes by name."""

    def __init__(self, makers: Mapping[str, Callable[[], Runtime]], store: Store) -> None:
        """Make runtimes by `makers`; `store` tells which of them have instances."""
        self._makers = makers
        self._store = store
        self._made: dict[str, Runtime] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Runtime:
        """The runtime of a name.

        Raises:
            BadArgumentError: there is none.
            CannotRunError: it cannot be had on this machine, such as Docker without an engine.
        """
        with self._lock:
            if name not in self._makers:
                raise BadArgumentError(f"There is no runtime '{name}'; it must be {' or '.join(sorted(self._makers))}.")
            if name not in self._made:
                self._made[name] = self._makers[name]()
            return self._made[name]

    def of(self, body: Mapping[str, Any]) -> Runtime:
        """The runtime that a deployment's body asks for."""
        chosen = ((body.get("properties") or {}).get("properties") or {}).get(RUNTIME_PROPERTY)
        return self.get(str(chosen or _DEFAULT))

    def find(self, workspace: Path) -> list[Instance]:
        """Every instance of the workspace that runs now, of the runtimes that it ever used."""
        found: list[Instance] = []
        used = {record.instance.get("runtime") for record in self._store.instances.all()}
        for record in self._store.deployments.all():
            for body in (record.body, record.serving or {}):
                used.add(((body.get("properties") or {}).get("properties") or {}).get(RUNTIME_PROPERTY))
        for name in sorted({_DEFAULT, *(str(name) for name in used if name in self._makers)}):
            with contextlib.suppress(CannotRunError):  # without its engine; its deployments say so when they start
                found += self.get(name).find(workspace)
        return found


def by_name() -> dict[str, Callable[[], Runtime]]:
    """How to make the kit's runtimes."""
    return {"process": _process, "docker": _docker}


def _process() -> Runtime:
    from devkit.runtime.process import ProcessRuntime

    return ProcessRuntime()


def _docker() -> Runtime:
    runtime: Runtime = import_module("devkit.runtime.docker").DockerRuntime()
    return runtime
