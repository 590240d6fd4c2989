"""Everything a live update may change, remembered, so that a failed one leaves no trace."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import ModuleType

__all__ = ["Transaction"]

_SCHEMA_REGISTRIES = ("__functions_schema__", "__versions__")


class Transaction:
    """The state of `modules` and of the process's registries at its making. `undo` takes what else was done."""

    def __init__(self, modules: Collection[ModuleType], is_ours: Callable[[ModuleType], bool]) -> None:
        self.undo: list[Callable[[], object]] = []
        self._is_ours = is_ours
        self._globals = {id(module): (module, dict(vars(module))) for module in modules}
        self._modules = {name: module for name, module in list(sys.modules.items()) if is_ours(module)}
        self._dicts = [(each, dict(each)) for each in [*_schema_registries(), *_annotations(modules)]]

    def before(self, module: ModuleType, name: str) -> Any:
        """The value that a module's name had; None when it had none."""
        saved = self._globals.get(id(module))
        return None if saved is None else saved[1].get(name)

    def roll_back(self) -> None:
        """Put everything back as it was."""
        for action in reversed(self.undo):
            action()
        for module, names in self._globals.values():
            _restore(vars(module), names)
        for current, saved in self._dicts:
            _restore(current, saved)
        for name, module in list(sys.modules.items()):
            if self._is_ours(module) and name not in self._modules:
                del sys.modules[name]
        sys.modules.update(self._modules)


def _restore(current: dict[str, Any], saved: dict[str, Any]) -> None:
    """Make `current` equal `saved` without a moment in which it is empty: other threads look into it."""
    for name in current.keys() - saved.keys():
        del current[name]
    for name, value in saved.items():
        if name not in current or current[name] is not value:
            current[name] = value


def _schema_registries() -> list[dict[str, Any]]:
    util = sys.modules.get("inference_schema.schema_util")
    return [] if util is None else [getattr(util, name) for name in _SCHEMA_REGISTRIES]


def _annotations(modules: Collection[ModuleType]) -> list[dict[str, Any]]:
    found = [vars(module).get("__annotations__") for module in modules]
    return [annotations for annotations in found if annotations is not None]
