"""What changed between two versions of the code folder, and everything that follows from it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from inference_server.live.comparison import (
    bound_later,
    changed_members,
    changed_methods,
    class_members,
    difference,
    in_order,
    is_plain,
    same_bases,
    same_closures,
)
from inference_server.live.dependencies import EVERYTHING, Node, Project, Reach
from inference_server.live.matching import Matching, match, sole_writer
from inference_server.live.source import Kind, Module, Statement
from inference_server.live.values import is_transparent, plain_bases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from inference_server.live.effects import Effects

__all__ = ["Changes"]

_SPECIAL_MEMBERS = {"__slots__", "__init_subclass__", "__class_getitem__", "__set_name__", "__match_args__"}


class Changes:
    """The statements to run again, the functions to patch and the names to rebind, found by a fixed point.

    Two kinds of change spread differently: a *rebound* name concerns everyone who has its value, a name that only
    *behaves* differently (a patched function, a class updated in place) concerns those who use it.
    """

    def __init__(
        self, old: Mapping[str, Module], new: Mapping[str, Module], entry: str, appeared: Collection[str] = ()
    ) -> None:
        self.old = Project(old)
        self.new = Project(new, class_members(old))
        self.matching: dict[str, Matching] = {name: match(old[name], module) for name, module in new.items()}
        self.rebound: set[Node] = {(name, "") for name in appeared}
        self.patched: dict[str, list[str]] = {}
        self.init_reason: str | None = None
        self._init: Node = (entry, "init")
        self._behaves: set[Node] = set()
        self._reasons: dict[Statement, str] = {}
        self._reached: dict[Statement, Reach] = {}
        self._model_names = self._assigned(self.old) & self._assigned(self.new)
        for name in old.keys() - new.keys():
            self.rebound |= {(name, each) for each in ["", EVERYTHING, *self.old.names(name)]}
        for name in new:
            self._compare(name)

    # -- asked by the planner ---------------------------------------------------------------------------------------

    def reason(self, statement: Statement) -> str | None:
        """Why `statement` has to be executed, None when it has not."""
        return self._reasons.get(statement)

    def is_ours(self, target: str) -> bool:
        """Whether a dotted name begins in the code folder."""
        root = target.partition(".")[0].partition("[")[0]
        return any(name == root or name.startswith(f"{root}.") for name in self.old.modules)

    def assigned_by_init(self, module: str) -> set[str]:
        """The names of `module` that ``init()`` assigns, through its helpers too."""
        return {name for owner, name in self._assigned(self.new) if owner == module}

    def bound_later(self, module: str, statement: Statement) -> set[str]:
        """Names within reach of `statement` that a fresh start binds only after it."""
        return bound_later(self.new.modules[module], module, statement, self._reach(module, statement))

    def import_order(self) -> list[str]:
        """The modules in the order in which a fresh start executes them, as far as the sources tell."""
        order: dict[str, None] = {}
        entered: set[str] = set()

        def enter(name: str) -> None:
            if name in entered or name not in self.new.modules:
                return
            enter(name.rpartition(".")[0])  # a package is begun before its modules, and may import them itself
            if name in entered:
                return
            entered.add(name)
            for statement in self.new.modules[name].statements:
                for target, attribute in sorted(statement.now.imports, key=str):
                    enter(target)
                    enter(f"{target}.{attribute}")
            order[name] = None

        enter(self._init[0])
        for name in sorted(self.new.modules):
            enter(name)
        return list(order)

    # -- what differs in the text -----------------------------------------------------------------------------------

    def _compare(self, name: str) -> None:
        matching = self.matching[name]
        for statement in matching.removed:
            if not self._is_placeholder(name, statement):
                self.rebound |= self._writes(self.old, name, statement)
        for statement in matching.added:
            if not self._is_placeholder(name, statement):
                self._mark(name, statement, "new")
        for statement, before in matching.changed.items():
            if self._is_placeholder(name, statement) and self._is_placeholder(name, before):
                continue
            if self._can_patch(name, before, statement):
                self._note_patch(name, before, statement)
            else:
                self._mark(name, statement, difference(before, statement))

        if not in_order(matching, self.old.modules[name], self.new.modules[name]):
            self._mark_reordered(name)

    def _mark_reordered(self, name: str) -> None:
        """Statements that changed places run again where one now finds a name that it did not find, or the reverse."""
        for statement in self.new.modules[name].statements:
            before = self.matching[name].before(statement)
            if before is None or statement in self._reasons:
                continue
            reach = self.old.reach(name, *self._executed(self.old, name, before))
            was_later = bound_later(self.old.modules[name], name, before, reach)
            if was_later != self.bound_later(name, statement):
                self._mark(name, statement, "order changed")

    def _is_placeholder(self, module: str, statement: Statement) -> bool:
        """``model = None``: it only says that ``init()`` assigns `model`, which keeps its value."""
        node = statement.node
        return (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and (node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None))
            and bool(statement.now.binds)
            and all((module, name) in self._model_names for name in statement.now.binds)
        )

    def _can_patch(self, name: str, before: Statement, after: Statement) -> bool:
        """Whether the new code alone makes `before` behave like `after`."""
        if after.kind is Kind.OTHER or before.header != after.header:
            return False
        old, new = self.old.modules[name], self.new.modules[name]
        if after.name is None or not (sole_writer(old, after.name) and sole_writer(new, after.name)):
            return False
        if not all(is_transparent(new, decorator) for decorator in after.decorators):
            return False
        if after.kind is Kind.CLASS and not all(is_plain(new, node) for node in changed_methods(before, after)):
            return False
        return same_closures(old, before, new, after)

    def _note_patch(self, name: str, before: Statement, after: Statement) -> None:
        assert after.name is not None  # noqa: S101  # only functions and classes are patched
        if after.kind is Kind.FUNCTION:
            self._behaves.add((name, after.name))
            self.patched.setdefault(name, []).append(after.name)
            return
        for node in changed_members(before, after):
            self._behaves.add((name, f"{after.name}.{node}"))
            self.patched.setdefault(name, []).append(f"{after.name}.{node}")

    # -- what follows -----------------------------------------------------------------------------------------------

    def propagate(self) -> None:
        """Add everything that depends on what changed, until nothing more does."""
        settled = False
        while not settled:
            settled = True
            for name, module in self.new.modules.items():
                for statement in module.statements:
                    if self._must_follow(name, statement):
                        settled = False
            if self._init_must_follow():
                settled = False

    def _must_follow(self, name: str, statement: Statement) -> bool:
        if statement in self._reasons:
            return self._lost_its_place(name, statement)
        cause = self._cause(name, statement)
        if cause is None:
            return False
        self._mark(name, statement, f"uses {cause[1] or cause[0]}")
        return True

    def _lost_its_place(self, module: str, statement: Statement) -> bool:
        """Rebind a class that was to stay the same object when its base class turns out to be another one."""
        if statement.name is None or (module, statement.name) in self.rebound or self.is_kept(module, statement):
            return False
        self.rebound.add((module, statement.name))
        return True

    def _cause(self, name: str, statement: Statement) -> Node | None:
        changed = self.rebound | self._behaves
        causes = self._reach(name, statement).nodes & changed
        causes |= self.new.aliases(name, statement.now) & self.rebound
        if self.rebound:
            causes |= self._writes(self.new, name, statement) & self.rebound
        return min(causes, default=None)

    def _mark(self, name: str, statement: Statement, reason: str) -> None:
        self._reasons[statement] = reason
        before = self.matching[name].before(statement)
        writes = self._writes(self.new, name, statement)
        if before is not None:
            writes |= self._writes(self.old, name, before)
        if statement.name is not None and before is not None and self._can_keep(name, before, statement):
            writes.discard((name, statement.name))
            if statement.kind is Kind.FUNCTION:
                self._behaves.add((name, statement.name))
            else:
                every = reason.startswith("uses ")
                members = [*before.members, *statement.members] if every else changed_members(before, statement)
                self._behaves |= {(name, f"{statement.name}.{member}") for member in members}
        self.rebound |= writes

    def is_kept(self, module: str, statement: Statement) -> bool:
        """Whether the function or class stays the object it was, and only takes over the new content."""
        before = self.matching[module].before(statement)
        return (
            before is not None
            and statement.name is not None
            and (module, statement.name) not in self.rebound
            and self._can_keep(module, before, statement)
        )

    def _can_keep(self, module: str, before: Statement, after: Statement) -> bool:
        old, new = self.old.modules[module], self.new.modules[module]
        name = after.name
        if name is None or before.kind is not after.kind or before.decorators or after.decorators:
            return False
        if not (sole_writer(old, name) and sole_writer(new, name)) or (module, name) in self.rebound:
            return False
        if after.kind is Kind.FUNCTION:
            return True
        return (
            self._is_plain_class(module, before, self.old)
            and self._is_plain_class(module, after, self.new)
            and same_bases(before, after)
        )

    def _is_plain_class(self, module: str, statement: Statement, project: Project) -> bool:
        if not isinstance(statement.node, ast.ClassDef) or statement.decorators:
            return False
        if _SPECIAL_MEMBERS & statement.members.keys():
            return False
        bases = plain_bases(project.modules[module], statement.node)
        return bases is not None and all(self._is_plain_base(module, base, project) for base in bases)

    def _is_plain_base(self, module: str, base: str, project: Project) -> bool:
        for node in project.resolve(module, tuple(base.split("."))):
            if node in self.rebound:
                return False
            for owner, statement in project.definers(node):
                if statement.kind is Kind.CLASS:
                    return self._is_plain_class(owner, statement, project)
        return False

    # -- init -------------------------------------------------------------------------------------------------------

    def _init_must_follow(self) -> bool:
        if self.init_reason is not None:
            return False
        reach = self.new.reach_of(self._init)
        causes = reach.nodes & (self.rebound | self._behaves)
        writes = self._init_writes(self.new)
        causes |= writes & self.rebound
        if not causes:
            return False
        if self._init in causes:
            self.init_reason = "init changed"
        else:
            module, name = min(causes)
            self.init_reason = f"init uses {name if name.isidentifier() or '.' in name else module}"
        self.rebound |= writes | self._init_writes(self.old)
        return True

    def _init_writes(self, project: Project) -> set[Node]:
        reach = project.reach_of(self._init)
        return reach.binds | self._spread(project, reach.touches)

    def _assigned(self, project: Project) -> set[Node]:
        return project.reach_of(self._init).binds

    # -- reading and writing ----------------------------------------------------------------------------------------

    def _reach(self, module: str, statement: Statement) -> Reach:
        if statement not in self._reached:
            self._reached[statement] = self.new.reach(module, *self._executed(self.new, module, statement))
        return self._reached[statement]

    @staticmethod
    def _executed(project: Project, module: str, statement: Statement) -> Iterator[Effects]:
        """What may run, or be looked into, when `statement` is executed."""
        yield statement.now
        parsed = project.modules[module]
        if statement.kind is Kind.OTHER:
            yield statement.later
        elif statement.kind is Kind.FUNCTION:
            if not all(is_transparent(parsed, decorator) for decorator in statement.decorators):
                yield statement.later
        elif isinstance(statement.node, ast.ClassDef):
            for node in statement.node.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_plain(parsed, node):
                    yield statement.members[node.name].effects

    def _writes(self, project: Project, module: str, statement: Statement) -> set[Node]:
        """The names that executing `statement` sets or changes in place."""
        effects = [statement.now, statement.later] if statement.kind is Kind.OTHER else [statement.now]
        reach = project.reach(module, *effects)
        own = {(module, name) for name in project.binds(statement)}
        return own | reach.binds | self._spread(project, reach.touches)

    @staticmethod
    def _spread(project: Project, touched: set[Node]) -> set[Node]:
        """`touched` and what their values may share parts with."""
        found: set[Node] = set()
        waiting = list(touched)
        while waiting:
            node = waiting.pop()
            if node in found:
                continue
            found.add(node)
            for owner, statement in project.definers(node):
                for ref in statement.now.aliases | statement.now.reads:
                    waiting += [each for each in project.resolve(owner, ref) if project.is_data(each)]
        return found
