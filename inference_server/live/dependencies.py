"""Who depends on whom among the names of the code folder, across its modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inference_server.live.source import Kind, Module, Statement
from inference_server.live.values import may_be_mutable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from inference_server.live.effects import Effects, Ref

__all__ = ["EVERYTHING", "Node", "Project", "Reach"]

Node = tuple[str, str]
"""A module and one of its names; a class's member is ``("score", "Model.predict")``."""

EVERYTHING = "*"
"""As a node's name: the module itself, whatever is taken from it."""

_MAX_HOPS = 20  # imports that only hand a name on; more than any real folder has


@dataclass
class Reach:
    """What executing a piece of code may come to use and to change."""

    nodes: set[Node] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    binds: set[Node] = field(default_factory=set)
    """Names set through ``global`` or ``module.name = ...``."""
    touches: set[Node] = field(default_factory=set)
    """Values that may be changed in place."""


class Project:
    """The modules of the code folder, old or new.

    `ghosts` are class members that the other version has: using one that is gone is using something that changed.
    """

    def __init__(self, modules: Mapping[str, Module], ghosts: Mapping[Node, set[str]] | None = None) -> None:
        self.modules = dict(modules)
        self._ghosts = dict(ghosts or {})
        self._star_names: dict[str, set[str]] = {}

    # -- names ------------------------------------------------------------------------------------------------------

    def names(self, module: str) -> set[str]:
        """Every name that the module's own statements bind, star imports included."""
        if module in self._star_names:
            return self._star_names[module]
        parsed = self.modules.get(module)
        if parsed is None:
            return set()
        names = self._star_names[module] = set(parsed.writers)
        for source in parsed.star_imports:
            names |= {name for name in self.names(source) if not name.startswith("_")}
        return names

    def binds(self, statement: Statement) -> set[str]:
        """The names that executing `statement` sets in its module."""
        binds = set(statement.now.binds)
        for source, name in statement.now.imports:
            if name == EVERYTHING:
                binds |= {name for name in self.names(source) if not name.startswith("_")}
        return binds

    def definers(self, node: Node) -> Iterator[tuple[str, Statement]]:
        """The statements that set a name."""
        module, name = node
        parsed = self.modules.get(module)
        if parsed is None:
            return
        for statement in parsed.writers.get(name, ()):
            yield module, statement
        if parsed.star_imports and name not in parsed.writers:
            for statement in parsed.statements:
                if name in self.binds(statement):
                    yield module, statement

    # -- references -------------------------------------------------------------------------------------------------

    def resolve(self, module: str, ref: Ref, hops: int = 0) -> Iterator[Node]:
        """The nodes that a reference in `module` stands for, through the imports that hand it on."""
        name, *rest = ref
        yield module, name
        parsed = self.modules.get(module)
        if parsed is None or hops > _MAX_HOPS:
            return
        for target in parsed.targets.get(name, ()):
            yield from self._resolve_import(target, tuple(rest), hops + 1)
        for source in parsed.star_imports:
            if name not in parsed.writers and name in self.names(source):
                yield from self.resolve(source, ref, hops + 1)

    def _resolve_import(self, target: tuple[str, str | None], rest: Ref, hops: int) -> Iterator[Node]:
        module, name = target
        if name is not None:
            if f"{module}.{name}" in self.modules:
                yield from self._resolve_import((f"{module}.{name}", None), rest, hops)
            yield from self._in_module(module, (name, *rest), hops)
        elif rest:
            if f"{module}.{rest[0]}" in self.modules:
                yield from self._resolve_import((f"{module}.{rest[0]}", None), rest[1:], hops)
            yield from self._in_module(module, rest, hops)
        else:
            yield module, EVERYTHING

    def _in_module(self, module: str, ref: Ref, hops: int) -> Iterator[Node]:
        yield module, ""  # the module's existence
        if module in self.modules:
            yield from self.resolve(module, ref, hops)

    def owner(self, module: str, ref: Ref) -> Node:
        """The name that holds the object which a change through `ref` changes, wherever it was imported from."""
        return [node for node in self.resolve(module, ref) if node[1] not in {"", EVERYTHING}][-1]

    def aliases(self, module: str, effects: Effects) -> set[Node]:
        """What `effects` only hands on: their binding matters, their behaviour does not."""
        return {node for ref in effects.aliases for node in self.resolve(module, ref)} | {
            node for target in effects.imports for node in self.imported(target)
        }

    def imported(self, target: tuple[str, str | None]) -> Iterator[Node]:
        """What an import statement takes."""
        module, name = target
        yield module, ""
        if name == EVERYTHING:
            yield from ((module, each) for each in self.names(module))
        elif name is not None:
            yield f"{module}.{name}", ""
            yield from self._resolve_import((module, name), (), 0)

    def imported_from(self, entry: str) -> set[str]:
        """The modules that `entry` imports, directly or not, now or in a function; by name in a string, too."""
        found: set[str] = set()
        waiting = [entry]
        while waiting:
            name = waiting.pop()
            if name in found or name not in self.modules:
                continue
            found.add(name)
            waiting.append(name.rpartition(".")[0])
            effects = self.modules[name].effects
            for module, attribute in effects.imports:
                waiting += [module, f"{module}.{attribute}"]
            waiting += [each for each in self.modules if each.rpartition(".")[2] in effects.attributes]
        return found

    # -- reach ------------------------------------------------------------------------------------------------------

    def reach(self, module: str, *effects: Effects) -> Reach:
        """Everything that executing `effects` in `module` may use, through the functions it may call."""
        return _Walk(self).run([(module, each) for each in effects])

    def reach_of(self, function: Node) -> Reach:
        """What calling the function of that name may use, itself included."""
        walk = _Walk(self)
        walk.visit(function)
        return walk.run([])

    def members(self, module: str, name: str) -> dict[str, Effects | None]:
        """The members of a class, those that only the other version has included (as None)."""
        members: dict[str, Effects | None] = dict.fromkeys(self._ghosts.get((module, name), ()))
        for _, statement in self.definers((module, name)):
            members.update({key: member.effects for key, member in statement.members.items()})
        return members

    def is_class(self, node: Node) -> bool:
        """Whether a class statement sets this name."""
        return any(statement.kind is Kind.CLASS for _, statement in self.definers(node))

    def is_data(self, node: Node) -> bool:
        """Whether the name holds something that can be changed in place, as far as the source tells."""
        definers = list(self.definers(node))
        return any(may_be_mutable(statement) for _, statement in definers)


class _Walk:
    """One computation of a `Reach`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._reach = Reach()
        self._waiting: list[tuple[str, Effects, bool]] = []
        self._classes: dict[Node, dict[str, Effects | None]] = {}

    def run(self, seeds: Iterable[tuple[str, Effects]]) -> Reach:
        self._waiting += [(module, effects, True) for module, effects in seeds]
        while self._waiting or self._used_members():
            while self._waiting:
                self._follow(*self._waiting.pop())
        return self._reach

    def _follow(self, module: str, effects: Effects, executed: bool) -> None:
        project = self._project
        self._reach.attributes |= effects.attributes
        for ref in effects.reads | effects.aliases:
            for node in project.resolve(module, ref):
                self.visit(node)
        for target in effects.imports:
            for node in project.imported(target):
                self.visit(node)
        if not executed:
            return
        self._reach.binds |= {(module, name) for name in effects.binds}
        for ref in effects.stores:
            self._reach.binds.add(project.owner(module, ref))
        for ref in effects.touches:
            owner = project.owner(module, ref)
            if project.is_data(owner) or (len(ref) > 1 and project.is_class(owner)):
                self._reach.touches.add(owner)

    def visit(self, node: Node) -> None:
        if node in self._reach.nodes:
            return
        self._reach.nodes.add(node)
        module, name = node
        if name == EVERYTHING:
            for each in self._project.names(module):
                self.visit((module, each))
        for owner, statement in self._project.definers(node):
            self._waiting.append((owner, statement.now, False))
            self._waiting.append((owner, statement.later, True))
        if self._project.is_class(node):
            self._classes[node] = self._project.members(module, name)

    def _used_members(self) -> bool:
        """Follow the members of the classes in reach whose names are mentioned anywhere in reach."""
        for (module, name), members in self._classes.items():
            for member, effects in members.items():
                node = (module, f"{name}.{member}")
                dunder = member.startswith("__") and member.endswith("__")
                if node not in self._reach.nodes and (dunder or member in self._reach.attributes):
                    self._reach.nodes.add(node)
                    if effects is not None:
                        self._waiting.append((module, effects, True))
        return bool(self._waiting)
