"""Two versions of a statement or a module held side by side."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from inference_server.live.codes import children, is_function
from inference_server.live.source import Kind
from inference_server.live.values import is_transparent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from inference_server.live.dependencies import Node, Reach
    from inference_server.live.matching import Matching
    from inference_server.live.source import Module, Statement

__all__ = [
    "bound_later",
    "changed_members",
    "changed_methods",
    "class_members",
    "difference",
    "in_order",
    "is_plain",
    "same_bases",
    "same_closures",
]


def in_order(matching: Matching, old: Module, new: Module) -> bool:
    """Whether the statements that both versions have stand in the same order."""
    places = [old.places[before] for each in new.statements if (before := matching.before(each)) is not None]
    return places == sorted(places)


def bound_later(parsed: Module, module: str, statement: Statement, reach: Reach) -> set[str]:
    """Names within reach of `statement` that the module binds only after it."""
    place = parsed.places
    return {
        name
        for owner, name in reach.nodes
        if owner == module and name in parsed.writers and place[parsed.writers[name][0]] > place[statement]
    }


def difference(before: Statement, after: Statement) -> str:
    """Why new code alone will not do, for the console."""

    def dumps(nodes: Sequence[ast.AST]) -> list[str]:
        return [ast.dump(node) for node in nodes]

    if dumps(before.decorators) != dumps(after.decorators):
        return "decorator changed"
    if isinstance(before.node, ast.ClassDef) and isinstance(after.node, ast.ClassDef):
        if dumps(before.node.bases) != dumps(after.node.bases):
            return "base class changed"
        return "class body changed"
    if after.kind is Kind.FUNCTION:
        return "signature changed" if before.header != after.header else "decorated"
    return "changed"


def class_members(modules: Mapping[str, Module]) -> dict[Node, set[str]]:
    """The member names of every class."""
    return {
        (name, statement.name): set(statement.members)
        for name, module in modules.items()
        for statement in module.statements
        if statement.name is not None and statement.kind is Kind.CLASS
    }


def changed_members(before: Statement, after: Statement) -> list[str]:
    """Members added, removed or different; one that is no function may depend on any other that is none."""
    changed = [
        name
        for name in {**before.members, **after.members}
        if name not in before.members
        or name not in after.members
        or before.members[name].key != after.members[name].key
    ]
    if any(
        not member.is_function
        for name in changed
        for member in (before.members.get(name), after.members.get(name))
        if member
    ):
        data = [name for name, member in after.members.items() if not member.is_function]
        changed += [name for name in data if name not in changed]
    return changed


def changed_methods(before: Statement, after: Statement) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The methods among the `changed_members`, as they are now."""
    changed = set(changed_members(before, after))
    for node in ast.iter_child_nodes(after.node):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in changed:
            yield node


def is_plain(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the function's code can be replaced under all its decorators."""
    return all(is_transparent(module, decorator) for decorator in node.decorator_list)


def same_bases(before: Statement, after: Statement) -> bool:
    """Whether two class statements name the same bases and keywords."""

    def header(node: ast.stmt) -> str:
        assert isinstance(node, ast.ClassDef)  # noqa: S101  # narrows the type
        return "".join(map(ast.dump, [*node.bases, *node.keywords]))

    return header(before.node) == header(after.node)


def same_closures(old: Module, before: Statement, new: Module, after: Statement) -> bool:
    """Whether every function that the statement itself makes has the closure it had."""

    def functions(module: Module, statement: Statement) -> list[tuple[str, tuple[str, ...]]]:
        found, waiting = [], module.functions(statement)
        while waiting:
            code = waiting.pop()
            if is_function(code):
                found.append((code.co_name, code.co_freevars))
            else:
                waiting += children(code)
        return sorted(found)

    return functions(old, before) == functions(new, after)
