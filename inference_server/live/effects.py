"""What a piece of source reads, binds and may change: one walk over its syntax tree, no execution.

Everything errs on the side of "depends": a dependency too many runs a statement again that need not have run, one too
few would leave a stale value behind.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field

__all__ = ["Effects", "Ref", "collect", "collect_function"]

Ref = tuple[str, ...]
"""A name and the attributes read from it: ``helper.CONFIG.get`` is ``("helper", "CONFIG", "get")``."""

_LEAVES_ARGUMENTS_ALONE = frozenset(
    """abs all any bool bytes callable complex dict dir divmod enumerate filter float format frozenset getattr hasattr
    hash hex id int isinstance issubclass len list map max min oct ord pow print range repr reversed round set slice
    sorted str sum tuple type zip""".split()  # noqa: SIM905  sixty quoted names are harder to read
)
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass
class Effects:
    """What executing a piece of code does to the names of its module."""

    reads: set[Ref] = field(default_factory=set)
    """Values used: called, compared, indexed."""
    aliases: set[Ref] = field(default_factory=set)
    """Values only handed on: ``handlers = [f]`` does not care what `f` does."""
    binds: set[str] = field(default_factory=set)
    stores: set[Ref] = field(default_factory=set)
    """Attributes set or deleted, the whole chain."""
    touches: set[Ref] = field(default_factory=set)
    """Values that may be changed in place: receivers of calls, arguments, targets of ``x[k] = v``."""
    attributes: set[str] = field(default_factory=set)
    """Every attribute name, and every string that could be one."""
    imports: set[tuple[str, str | None]] = field(default_factory=set)
    """Absolute module names, with the name taken from it."""

    def add(self, other: Effects) -> None:
        """Merge `other` into this."""
        self.reads |= other.reads
        self.aliases |= other.aliases
        self.binds |= other.binds
        self.stores |= other.stores
        self.touches |= other.touches
        self.attributes |= other.attributes
        self.imports |= other.imports


def collect(nodes: list[ast.AST], package: str, *, postponed: bool) -> tuple[Effects, Effects]:
    """Effects of executing `nodes` at module level, and of calling the functions that are written in them.

    `package` resolves relative imports; `postponed` says that annotations are not evaluated.
    """
    collector = _Collector(package, postponed=postponed)
    for node in nodes:
        collector.visit(node)
    return collector.now, collector.later


def collect_function(node: FunctionNode, package: str, *, postponed: bool) -> Effects:
    """Effects of calling the function `node`."""
    collector = _Collector(package, postponed=postponed)
    collector.visit_body(node)
    return collector.later


class _Collector(ast.NodeVisitor):
    """Sorts names into `now` (module level) and `later` (inside functions)."""

    def __init__(self, package: str, *, postponed: bool) -> None:
        self.now = Effects()
        self.later = Effects()
        self._package = package
        self._postponed = postponed
        self._functions: list[frozenset[str]] = []  # the local names of the functions around this point
        self._globals: list[frozenset[str]] = []  # what the functions and classes around it declare global

    @property
    def _here(self) -> Effects:
        return self.later if self._functions else self.now

    def _is_local(self, name: str) -> bool:
        return any(name in names for names in self._functions)

    # -- names ------------------------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> None:
        if self._is_local(node.id):
            return
        if isinstance(node.ctx, ast.Load):
            self._here.reads.add((node.id,))
        else:
            self._bind(node.id)

    def _bind(self, name: str) -> None:
        if not self._globals or name in self._globals[-1]:
            self._here.binds.add(name)

    def _chain(self, node: ast.expr) -> Ref | None:
        """``a.b.c`` as a `Ref` when `a` is no local name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name) and not self._is_local(node.id):
            return (node.id, *reversed(parts))
        return None

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._here.attributes.add(node.attr)
        chain = self._chain(node)
        if chain is None:
            self.visit(node.value)
            return
        self._here.attributes.update(chain[1:])
        self._here.reads.add(chain)
        if not isinstance(node.ctx, ast.Load):
            self._here.stores.add(chain)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._touch(node.value)
        self.generic_visit(node)

    def _touch(self, node: ast.expr) -> None:
        while isinstance(node, ast.Subscript | ast.Starred):
            node = node.value
        chain = self._chain(node)
        if chain is not None:
            self._here.touches.add(chain)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.isidentifier():
            self._here.attributes.add(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute):
            self._touch(node.func.value)
        if not (
            isinstance(node.func, ast.Name)
            and node.func.id in _LEAVES_ARGUMENTS_ALONE
            and hasattr(builtins, node.func.id)
        ):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                self._touch(argument)
        self.generic_visit(node)

    # -- assignments ------------------------------------------------------------------------------------------------

    def _value(self, node: ast.expr | None) -> None:
        """A value that is only handed on."""
        match node:
            case None:
                pass
            case ast.Name() if not self._is_local(node.id):
                self._here.aliases.add((node.id,))
                if self._functions:
                    self._here.touches.add((node.id,))
            case ast.List() | ast.Tuple() | ast.Set():
                for element in node.elts:
                    self._value(element)
            case ast.Dict():
                for key in node.keys:
                    self._value(key)
                for value in node.values:
                    self._value(value)
            case _:
                self.visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        unpacks = any(not isinstance(target, ast.Name) for target in node.targets)
        (self.visit if unpacks else self._value)(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if not self._postponed and not self._functions:
            self.visit(node.annotation)
        self._value(node.value)
        self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._here.touches.add((node.target.id,))
            if not self._is_local(node.target.id):
                self._here.reads.add((node.target.id,))
        self.visit(node.target)

    def visit_Return(self, node: ast.Return) -> None:
        self._value(node.value)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._touch(node.iter)
        self.generic_visit(node)

    visit_AsyncFor = visit_For  # noqa: N815  the name is ast's

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.visit(node.iter)  # the target is a name of the comprehension alone
        for condition in node.ifs:
            self.visit(condition)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs  # noqa: N815  the name is ast's

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest)
        self.generic_visit(node)

    # -- imports ----------------------------------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name.partition(".")[0])
            self._here.imports.add((alias.name, None))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = absolute_module(node, self._package)
        for alias in node.names:
            if alias.name != "*":
                self._bind(alias.asname or alias.name)
            self._here.imports.add((module, alias.name))

    # -- functions and classes --------------------------------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._visit_signature(node.args, node.returns)
        self._bind(node.name)
        self.visit_body(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  the name is ast's

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_signature(node.args, None)
        self.visit_body(node)

    def _visit_signature(self, arguments: ast.arguments, returns: ast.expr | None) -> None:
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            self._value(default)
        if self._postponed:
            return
        for argument in _arguments(arguments):
            if argument.annotation is not None:
                self.visit(argument.annotation)
        if returns is not None:
            self.visit(returns)

    def visit_body(self, node: FunctionNode) -> None:
        """Visit what a call of the function does."""
        self._functions.append(_local_names(node))
        self._globals.append(frozenset() if isinstance(node, ast.Lambda) else _declared_global(node.body))
        for child in [node.body] if isinstance(node, ast.Lambda) else node.body:
            self.visit(child)
        self._globals.pop()
        self._functions.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for expression in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
            self.visit(expression)
        self._bind(node.name)
        self._globals.append(_declared_global(node.body))
        for child in node.body:
            self.visit(child)
        self._globals.pop()


def absolute_module(node: ast.ImportFrom, package: str) -> str:
    """The module that a ``from ... import`` names, with the dots of a relative import resolved."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    extra = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def _declared_global(body: list[ast.stmt]) -> frozenset[str]:
    return frozenset(name for node in _same_scope(body) if isinstance(node, ast.Global) for name in node.names)


def _same_scope(nodes: list[ast.stmt]) -> list[ast.AST]:
    """`nodes` and what is in them, without the insides of functions, classes and comprehensions."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(nodes)
    while waiting:
        node = waiting.pop()
        found.append(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.comprehension):
            waiting += [node.iter, *node.ifs]
            continue
        waiting += ast.iter_child_nodes(node)
    return found


def _local_names(node: FunctionNode) -> frozenset[str]:
    names = {argument.arg for argument in _arguments(node.args)}
    body: list[ast.stmt] = [ast.Expr(node.body)] if isinstance(node, ast.Lambda) else node.body
    for child in _same_scope(body):
        match child:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                names.add(child.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(child.name)
            case ast.Import() | ast.ImportFrom():
                names.update((alias.asname or alias.name).partition(".")[0] for alias in child.names)
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar() if child.name:
                names.add(child.name)
            case ast.MatchMapping() if child.rest:
                names.add(child.rest)
    return frozenset(names - _declared_global(body))
