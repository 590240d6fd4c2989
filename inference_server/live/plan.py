"""Old sources and new sources to the steps that lead from one to the other. Pure: nothing is imported or executed.

The aim of every plan: afterwards each name of each module is what a fresh start on the new sources would give, except
what ``init()`` assigns and what the running script has put there since, as long as nothing they depend on changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference_server.live.changes import Changes
from inference_server.live.codes import pair_codes
from inference_server.live.dependencies import Project
from inference_server.live.source import Kind
from inference_server.live.steps import (
    Execute,
    ForgetModule,
    PatchCode,
    Plan,
    RemoveNames,
    RestartProcess,
    RunInit,
    Step,
)
from inference_server.live.values import foreign_effect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from inference_server.live.source import Module, Statement

__all__ = ["plan"]


def plan(old: Mapping[str, Module], new: Mapping[str, Module], entry: str, *, appeared: Collection[str] = ()) -> Plan:
    """Plan the way from the loaded modules as they were to the same modules as they are.

    Args:
        old: every loaded module of the code folder by name, as it was parsed when it was last loaded or updated.
        new: the same modules from the files as they are now; one that is missing has lost its file.
        entry: the module that has ``init()`` and ``run()``.
        appeared: names of modules whose files are new since then.
    """
    unused = Project(old).imported_from(entry) - Project(new).imported_from(entry)
    changes = Changes(old, {name: module for name, module in new.items() if name not in unused}, entry, appeared)
    reason = _irreversible(changes)
    if reason is not None:
        return Plan((RestartProcess(reason),))
    changes.propagate()
    return Plan(tuple(_steps(changes)))


def _steps(changes: Changes) -> Iterator[Step]:
    for name in sorted(changes.old.modules.keys() - changes.new.modules.keys()):
        yield ForgetModule(name)
    order = changes.import_order()
    for name in order:
        yield from _patches(changes, name)
    for name in order:
        yield from _removals(changes, name)
    for name in order:
        yield from _executions(changes, name)
    if changes.init_reason is not None:
        yield RunInit(changes.init_reason)


def _patches(changes: Changes, name: str) -> Iterator[PatchCode]:
    old, new = changes.old.modules[name], changes.new.modules[name]
    pairs = [
        pair
        for statement in new.statements
        if (before := changes.matching[name].before(statement)) is not None
        and (before.place != statement.place or before.key != statement.key)
        for pair in pair_codes(old.functions(before), new.functions(statement))
    ]
    if pairs:
        classes = [(each.name, each.line) for each in new.statements if each.kind is Kind.CLASS and each.name]
        yield PatchCode(name, tuple(pairs), tuple(changes.patched.get(name, ())), tuple(classes))


def _removals(changes: Changes, name: str) -> Iterator[RemoveNames]:
    names = {each for module, each in changes.rebound if module == name and each.isidentifier()}
    if not names:
        return
    defined = changes.new.names(name) | changes.assigned_by_init(name)
    gone = {each for each in names - defined if each in changes.old.names(name)}
    yield RemoveNames(name, tuple(sorted(names)), tuple(sorted(gone)))


def _executions(changes: Changes, name: str) -> Iterator[Execute]:
    module = changes.new.modules[name]
    for statement in module.statements:
        reason = changes.reason(statement)
        if reason is None:
            continue
        keep = statement.name if changes.is_kept(name, statement) else None
        yield Execute(
            module=name,
            code=module.compile(statement),
            line=statement.line,
            label=statement.label,
            kind=statement.kind,
            reason=reason,
            keep=keep,
            hide=frozenset(changes.bound_later(name, statement)),
        )


def _irreversible(changes: Changes) -> str | None:
    """Why only a new process can undo what a removed or changed statement did outside the code folder."""
    for name, matching in changes.matching.items():
        old, new = changes.old.modules[name], changes.new.modules[name]
        targets = {effect[0] for statement in new.statements if (effect := foreign_effect(new, statement))}
        for statement in [*matching.removed, *matching.changed.values()]:
            effect = foreign_effect(old, statement)
            if effect is None or changes.is_ours(effect[0]):
                continue
            target, once = effect
            if once or target not in targets:
                what = "works only once per process" if once else "cannot be undone"
                return f"{_place(old, statement)}: {target} {what}"
    return None


def _place(module: Module, statement: Statement) -> str:
    return f"{module.file.path}:{statement.line}"
