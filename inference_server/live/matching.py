"""Which statement of the old file became which of the new."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference_server.live.source import Kind, Module, Statement

__all__ = ["Matching", "match"]


@dataclass
class Matching:
    """The outcome for one module. Statements are compared by identity."""

    same: dict[Statement, Statement] = field(default_factory=dict)
    """New to old: equal but for their place, and in the same order."""
    changed: dict[Statement, Statement] = field(default_factory=dict)
    """New to old: another version of the same function, class or assignment."""
    added: list[Statement] = field(default_factory=list)
    removed: list[Statement] = field(default_factory=list)

    def before(self, statement: Statement) -> Statement | None:
        """What the new `statement` was."""
        return self.same.get(statement) or self.changed.get(statement)


def match(old: Module, new: Module) -> Matching:
    """Match the statements of two versions of a file."""
    matching = Matching()
    matcher = difflib.SequenceMatcher(
        None, [each.key for each in old.statements], [each.key for each in new.statements], autojunk=False
    )
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            matching.same.update(zip(new.statements[new_from:new_to], old.statements[old_from:old_to], strict=True))
        else:
            matching.removed += old.statements[old_from:old_to]
            matching.added += new.statements[new_from:new_to]
    _pair_by_name(matching)
    return matching


def _pair_by_name(matching: Matching) -> None:
    """Statements that bind the same names are versions of each other, wherever they stand now."""
    waiting: dict[tuple[Kind, frozenset[str]], list[Statement]] = {}
    for statement in matching.removed:
        waiting.setdefault(_identity(statement), []).append(statement)
    for statement in list(matching.added):
        candidates = waiting.get(_identity(statement))
        if statement.now.binds and candidates:
            before = candidates.pop(0)
            matching.changed[statement] = before
            matching.added.remove(statement)
            matching.removed.remove(before)


def _identity(statement: Statement) -> tuple[Kind, frozenset[str]]:
    return statement.kind, frozenset(statement.now.binds)


def sole_writer(module: Module, name: str) -> bool:
    """Whether exactly one statement binds `name`."""
    return len(module.writers.get(name, ())) == 1
