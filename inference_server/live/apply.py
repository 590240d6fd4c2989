"""Does the steps of a plan in the running process, all or none."""

from __future__ import annotations

import functools
import importlib
import linecache
import sys
from typing import TYPE_CHECKING, Any

from inference_server import schema_registry
from inference_server.live.codes import children, is_function
from inference_server.live.functions import CodeSwaps, merge_class, merge_function, swap_codes
from inference_server.live.steps import Execute, ForgetModule, PatchCode, Plan, RemoveNames, RunInit, Step
from inference_server.live.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, ModuleType

__all__ = ["apply"]


def apply(
    plan: Plan,
    modules: dict[str, ModuleType],
    *,
    is_ours: Callable[[ModuleType], bool],
    call_init: Callable[[], object],
    finish: Callable[[], object] = lambda: None,
) -> None:
    """Do `plan`; on any exception put everything back as it was, and raise it.

    Args:
        plan: what to do; a `RestartProcess` in it is the caller's affair.
        modules: the loaded modules of the code folder by name.
        is_ours: whether a module belongs to the code folder; those that a failed update imported are dropped again.
        call_init: calls the script's ``init()``.
        finish: the last thing that can fail, after everything else.
    """
    transaction = Transaction(list(modules.values()), is_ours)
    work = _Work(modules, transaction)
    try:
        importlib.invalidate_caches()
        swap_codes(CodeSwaps(_pairs(plan)), list(modules.values()), transaction.undo)
        for step in plan.steps:
            work.do(step)
            if isinstance(step, RunInit):
                call_init()
        finish()
    except BaseException:
        transaction.roll_back()
        raise
    work.forget_results()
    for module in modules.values():
        linecache.checkcache(getattr(module, "__file__", None))


def _pairs(plan: Plan) -> Iterable[tuple[CodeType, CodeType]]:
    return [pair for step in plan.steps if isinstance(step, PatchCode) for pair in step.pairs]


class _Work:
    """The steps of one plan, one method each."""

    def __init__(self, modules: dict[str, ModuleType], transaction: Transaction) -> None:
        self._modules = modules
        self._transaction = transaction
        self._displaced: list[Any] = []

    def do(self, step: Step) -> None:
        """Do one step; codes were patched all at once before, since the statements may call the functions."""
        if isinstance(step, RemoveNames):
            self._remove(self._modules[step.module], step.names)
        elif isinstance(step, Execute):
            self._execute(self._modules[step.module], step)
        elif isinstance(step, ForgetModule):
            self._forget(step.module)
        elif isinstance(step, PatchCode):
            self._move_classes(self._modules[step.module], step.classes)

    def _move_classes(self, module: ModuleType, classes: Iterable[tuple[str, int]]) -> None:
        for name, line in classes:
            cls = vars(module).get(name)
            before = getattr(cls, "__dict__", {}).get("__firstlineno__")
            if isinstance(cls, type) and before not in {None, line} and cls.__module__ == module.__name__:
                self._transaction.undo.append(functools.partial(setattr, cls, "__firstlineno__", before))
                cls.__firstlineno__ = line  # type: ignore[attr-defined]  # new in 3.13

    def _remove(self, module: ModuleType, names: Iterable[str]) -> None:
        namespace = vars(module)
        annotations = namespace.get("__annotations__", {})
        for name in names:
            self._displaced.append(namespace.pop(name, None))
            annotations.pop(name, None)
        namespace.setdefault("__doc__", None)

    def _execute(self, module: ModuleType, step: Execute) -> None:
        namespace = vars(module)
        forget_schemas(module.__name__, step.code)
        hidden = {name: namespace.pop(name) for name in step.hide if name in namespace}
        exec(step.code, namespace)  # noqa: S102  the user's own statement, in the user's own module
        for name, value in hidden.items():
            namespace.setdefault(name, value)
        if step.keep is not None:
            old, new = self._transaction.before(module, step.keep), namespace.get(step.keep)
            merge = merge_class if isinstance(new, type) else merge_function
            namespace[step.keep] = merge(old, new, self._transaction.undo)

    def _forget(self, name: str) -> None:
        module = sys.modules.pop(name, None)
        parent_name, _, child = name.rpartition(".")
        parent = sys.modules.get(parent_name)
        if parent is not None and vars(parent).get(child) is module:
            delattr(parent, child)  # the parent's names are part of the transaction

    def forget_results(self) -> None:
        """Empty the caches of the functions that were replaced: whoever still holds one must not get old results."""
        for value in self._displaced:
            if isinstance(value, functools._lru_cache_wrapper):  # noqa: SLF001  its only name
                value.cache_clear()


def forget_schemas(module_name: str, code: CodeType) -> None:
    """Clear the inference-schema entries of the functions that `code` is about to decorate again.

    The registry is one per process, and raises for a second ``@output_schema`` of the same function (1.8, 2026-11-21).
    """
    for child in children(code):
        if is_function(child):
            schema_registry.forget(module_name, child.co_name)
        else:
            forget_schemas(module_name, child)
