"""A module's source cut into its top-level statements, each with what it reads, binds and may change."""

from __future__ import annotations
import __future__ as future_features

import ast
import enum
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING

from inference_server.live.codes import children
from inference_server.live.effects import Effects, absolute_module, collect, collect_function

if TYPE_CHECKING:
    from collections.abc import Iterator
__all__ = ["ClassMember", "Kind", "Module", "SourceFile", "Statement", "parse"]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Kind(enum.Enum):
    """What a top-level statement is, as far as a live update treats it differently."""

    FUNCTION = "function"
    CLASS = "class"
    OTHER = "other"


@dataclass(frozen=True)
class SourceFile:
    """One file of the code folder as it was read. `name` is the module's name, `path` its absolute path."""

    name: str
    path: str
    text: bytes
    is_package: bool = False


@dataclass(frozen=True)
class ClassMember:
    """A name in a class body: what it is and what it does when it is used."""

    key: str
    header: str
    effects: Effects
    is_function: bool


@dataclass(frozen=True, eq=False)
class Statement:
    """One top-level statement."""

    node: ast.stmt
    kind: Kind
    key: str
    """Equal for statements that differ in nothing but their place."""
    header: str
    """`key` without the bodies of functions, as far as they can be replaced one by one."""
    name: str | None
    """Of a function or class."""
    now: Effects
    later: Effects
    members: dict[str, ClassMember]
    place: tuple[int, bytes]
    """First line and text: equal when the compiled code would be equal too."""

    @property
    def line(self) -> int:
        """Where it begins, decorators included."""
        return self.place[0]

    @cached_property
    def decorators(self) -> list[ast.expr]:
        """Of a function or class."""
        return self.node.decorator_list if isinstance(self.node, FunctionNode | ast.ClassDef) else []

    @property
    def label(self) -> str:
        """How the console names it."""
        if self.name is not None:
            return f"class {self.name}" if self.kind is Kind.CLASS else self.name
        if self.now.binds:
            return ", ".join(sorted(self.now.binds))
        return f"line {self.line}"


@dataclass(frozen=True, eq=False)
class Module:
    """A parsed file."""

    file: SourceFile
    statements: tuple[Statement, ...]
    flags: int
    """Compiler flags of its ``from __future__`` imports."""
    code: CodeType
    """The whole file, compiled."""
    targets: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)
    """Names bound by top-level imports: absolute module, and the name taken from it."""
    star_imports: list[str] = field(default_factory=list)

    @cached_property
    def writers(self) -> dict[str, list[Statement]]:
        """The statements that bind each name, in order."""
        writers: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for name in statement.now.binds:
                writers.setdefault(name, []).append(statement)
        return writers

    @cached_property
    def effects(self) -> Effects:
        """Of all statements together, and of everything in them."""
        together = Effects()
        for statement in self.statements:
            for effects in [statement.now, statement.later, *(member.effects for member in statement.members.values())]:
                together.add(effects)
        return together

    @cached_property
    def places(self) -> dict[Statement, int]:
        """The order of the statements."""
        return {statement: index for index, statement in enumerate(self.statements)}

    def functions(self, statement: Statement) -> list[CodeType]:
        """The code objects of the functions and classes written in `statement`, from the whole file's compilation."""
        first, last = statement.line, statement.node.end_lineno or statement.line
        return [code for code in children(self.code) if first <= code.co_firstlineno <= last]

    def compile(self, statement: Statement) -> CodeType:
        """The statement alone, with the file's real path and lines, and the functions that a fresh start would make."""
        tree = ast.Module(body=[statement.node], type_ignores=[])
        code: CodeType = compile(tree, self.file.path, "exec", flags=self.flags, dont_inherit=True)
        whole: dict[tuple[str, int], list[CodeType]] = {}
        for function in self.functions(statement):
            whole.setdefault((function.co_name, function.co_firstlineno), []).append(function)
        constants = []
        for constant in code.co_consts:
            same = whole.get((constant.co_name, constant.co_firstlineno)) if isinstance(constant, CodeType) else None
            constants.append(same[0] if same and len(same) == 1 else constant)
        return code.replace(co_consts=tuple(constants))


def parse(file: SourceFile) -> Module:
    """Parse `file`. Raises SyntaxError (also for bytes that its encoding forbids)."""
    try:
        tree = ast.parse(file.text, file.path)
    except ValueError as error:  # a null byte, before Python 3.12
        raise SyntaxError(str(error), (file.path, 1, 1, None)) from error
    code: CodeType = compile(tree, file.path, "exec", dont_inherit=True)
    flags = _future_flags(tree)
    package = file.name if file.is_package else file.name.rpartition(".")[0]
    lines = file.text.splitlines(keepends=True)
    reader = _Reader(package, flags, lines)
    module = Module(file, tuple(reader.statement(node) for node in _unambiguous(tree.body)), flags, code)
    for node in _import_nodes(tree.body):
        _note_import(module, node, package)
    return module


def _unambiguous(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements as they mean the same alone: a lone string is a docstring only where it comes first."""
    for index, node in enumerate(body):
        if index and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield ast.copy_location(ast.Pass(), node)
        else:
            yield node


def _future_flags(tree: ast.Module) -> int:
    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(future_features, alias.name).compiler_flag
    return flags


def _import_nodes(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not isinstance(node, FunctionNode | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _note_import(module: Module, node: ast.Import | ast.ImportFrom, package: str) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            target = alias.name if alias.asname else alias.name.partition(".")[0]
            module.targets.setdefault(alias.asname or target, []).append((target, None))
        return
    source = absolute_module(node, package)
    for alias in node.names:
        if alias.name == "*":
            module.star_imports.append(source)
        else:
            module.targets.setdefault(alias.asname or alias.name, []).append((source, alias.name))


class _Reader:
    """Makes `Statement`s of one file's nodes."""

    def __init__(self, package: str, flags: int, lines: list[bytes]) -> None:
        self._package = package
        self._flags = flags
        self._lines = lines
        self._postponed = bool(flags & future_features.annotations.compiler_flag)

    def statement(self, node: ast.stmt) -> Statement:
        kind, name, header, members = Kind.OTHER, None, "", dict[str, ClassMember]()
        key = f"{self._flags}{ast.dump(node)}"
        nodes: list[ast.AST] = [node]
        if isinstance(node, FunctionNode):
            kind, name, header = Kind.FUNCTION, node.name, _header(node)
        elif isinstance(node, ast.ClassDef):
            kind, name, header = Kind.CLASS, node.name, _class_header(node)
            members = self._members(node)
            nodes = [_without_functions(node)]
        now, later = collect(nodes, self._package, postponed=self._postponed)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            now.binds.add("__doc__")
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
        text = b"".join(self._lines[first - 1 : node.end_lineno])
        return Statement(node, kind, key, f"{self._flags}{header}", name, now, later, members, (first, text))

    def _members(self, node: ast.ClassDef) -> dict[str, ClassMember]:
        members: dict[str, ClassMember] = {}
        for child in node.body:
            if isinstance(child, FunctionNode):
                previous = members.get(child.name)  # a property's getter, setter and deleter share one name
                member = ClassMember(
                    ast.dump(child),
                    _header(child),
                    collect_function(child, self._package, postponed=self._postponed),
                    is_function=True,
                )
                members[child.name] = member if previous is None else _joined(previous, member)
                continue
            binds = _bound_in_class(child)
            now, later = collect([child], self._package, postponed=self._postponed)
            now.add(later)
            for name in binds:
                member = ClassMember(ast.dump(child), "", now, is_function=False)
                members[name] = member if name not in members else _joined(members[name], member)
        return members


def _joined(first: ClassMember, second: ClassMember) -> ClassMember:
    effects = Effects()
    effects.add(first.effects)
    effects.add(second.effects)
    is_function = first.is_function and second.is_function
    return ClassMember(first.key + second.key, first.header + second.header, effects, is_function)


def _header(node: FunctionNode) -> str:
    """Everything of a function but its body; its docstring counts as outside."""
    copy = type(node)(**{name: getattr(node, name) for name in node._fields})
    copy.body = [ast.Expr(ast.Constant(ast.get_docstring(node, clean=False)))]
    return ast.dump(copy)


def _class_header(node: ast.ClassDef) -> str:
    """A class without the bodies of its methods."""
    copy = ast.ClassDef(**{name: getattr(node, name) for name in node._fields})
    copy.body = []
    inner = []
    for child in node.body:
        match child:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                inner.append(_header(child))
            case ast.ClassDef():
                inner.append(_class_header(child))
            case _:
                inner.append(ast.dump(child))
    return ast.dump(copy) + "".join(inner)


def _without_functions(node: ast.ClassDef) -> ast.ClassDef:
    """The class with its methods emptied: decorators and defaults run with the class, bodies do not."""
    copy = ast.ClassDef(**{name: getattr(node, name) for name in node._fields})
    copy.body = []
    for child in node.body:
        if isinstance(child, FunctionNode):
            hollow = type(child)(**{name: getattr(child, name) for name in child._fields})
            hollow.body = [ast.Pass()]
            copy.body.append(hollow)
        else:
            copy.body.append(child)
    return copy


def _bound_in_class(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ClassDef):
        return {node.name}
    names: set[str] = set()
    for child in ast.walk(node):
        match child:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                names.add(child.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(child.name)
            case ast.Import() | ast.ImportFrom():
                names.update((alias.asname or alias.name).partition(".")[0] for alias in child.names)
    return names
