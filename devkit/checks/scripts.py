"""What a scoring script says about itself, read with `ast` and never executed.

Lines count from one, columns from zero in characters, and not in the UTF-8 bytes of `ast`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.checks.files import Files

__all__ = ["Function", "Import", "ModelPath", "Place", "Script", "imported_packages", "read_script"]

MODEL_DIR_VARIABLE = "AZUREML_MODEL_DIR"


@dataclass(frozen=True)
class Place:
    """Where something stands in a script."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Function:
    """A function at the top level of a script, as the server would call it."""

    name: str
    place: Place
    parameters: tuple[str, ...]
    star_parameters: tuple[str, ...]
    positional_only: tuple[str, ...]
    decorators: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True)
class Import:
    """A module that a script imports, by its top-level name; `guarded` inside ``try`` or ``if TYPE_CHECKING``."""

    package: str
    place: Place
    guarded: bool


@dataclass(frozen=True)
class ModelPath:
    """A path below the model directory that the script joins from literals."""

    parts: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Script:
    """What is known of one script; `syntax_error` is set and the rest empty when it does not parse."""

    functions: dict[str, Function] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    imports: tuple[Import, ...] = ()
    model_paths: tuple[ModelPath, ...] = ()
    syntax_error: tuple[str, Place] | None = None
    star_import: bool = False


@lru_cache(maxsize=256)
def read_script(text: str) -> Script:
    """Read the source `text` of a script. Never raises: what cannot be parsed is told in `syntax_error`."""
    text = text.removeprefix("\ufeff")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return Script(syntax_error=(error.msg or "invalid syntax", _error_place(error)))
    except (ValueError, RecursionError, MemoryError) as error:  # NUL bytes, nesting beyond the parser's limit
        return Script(syntax_error=(str(error) or type(error).__name__, Place(1, 0, 1, 1)))
    _count_characters(tree, text)
    functions = {
        node.name: _function(node) for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    imports, star = _imports(tree)
    return Script(functions, frozenset(_top_level_names(tree)), tuple(imports), tuple(_model_paths(tree)), None, star)


def _count_characters(tree: ast.Module, text: str) -> None:
    """Turn the columns of every node from UTF-8 bytes into characters."""
    if text.isascii():
        return
    lines = [line.encode() for line in text.split("\n")]
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr):
            node.col_offset = len(lines[node.lineno - 1][: node.col_offset].decode())
            if node.end_lineno is not None and node.end_col_offset is not None:
                node.end_col_offset = len(lines[node.end_lineno - 1][: node.end_col_offset].decode())


def imported_packages(folder: Path, first: str, files: Files) -> Iterator[tuple[Path, Import]]:
    """The packages that the script `first` of `folder` imports, itself or through other modules of the folder.

    A module is followed when the folder has a file or a package of that name; each file is read once.
    """
    waiting = [folder / first]
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        text = files.read(path)
        for imported in read_script(text).imports if text is not None else ():
            local = _local_files(folder, path.parent, imported.package, files)
            if local:
                waiting += local
            else:
                yield path, imported


def _local_files(folder: Path, beside: Path, package: str, files: Files) -> list[Path]:
    """The files that ``import package`` runs when it is a module of the code folder."""
    for parent in (beside, folder):
        module = parent / f"{package}.py"
        if files.is_file(module):
            return [module]
        directory = parent / package
        if directory.is_dir() and any(directory.glob("*.py")):
            return sorted(directory.rglob("*.py"))
    return []


def _place(node: ast.stmt | ast.expr) -> Place:
    return Place(
        node.lineno,
        node.col_offset,
        node.end_lineno or node.lineno,
        node.end_col_offset if node.end_col_offset is not None else node.col_offset,
    )


def _error_place(error: SyntaxError) -> Place:
    line, column = error.lineno or 1, max(0, (error.offset or 1) - 1)
    return Place(line, column, line, column + 1)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    name_column = node.col_offset + (len("async def ") if isinstance(node, ast.AsyncFunctionDef) else len("def "))
    place = Place(node.lineno, name_column, node.lineno, name_column + len(node.name))
    given = node.args
    positional = [argument.arg for argument in given.args]
    keyword = [argument.arg for argument in given.kwonlyargs]
    required = positional[: len(positional) - len(given.defaults)] + [
        name for name, default in zip(keyword, given.kw_defaults, strict=True) if default is None
    ]
    return Function(
        node.name,
        place,
        tuple(positional + keyword),
        tuple(argument.arg for argument in (given.vararg, given.kwarg) if argument),
        tuple(argument.arg for argument in given.posonlyargs),
        tuple(filter(None, map(_called_name, node.decorator_list))),
        tuple(required),
    )


def _called_name(node: ast.expr) -> str:
    """``input_schema`` of ``@decorators.input_schema("data", …)``."""
    target = node.func if isinstance(node, ast.Call) else node
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def _top_level_names(tree: ast.Module) -> Iterator[str]:
    """Names that the module's top level binds, also inside ``if`` and ``try``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]


def _imports(tree: ast.Module) -> tuple[list[Import], bool]:
    found, star = [], False
    for node, guarded in _walk_guarded(tree, guarded=False):
        if isinstance(node, ast.Import):
            found += [Import(name.name.partition(".")[0], _place(node), guarded) for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append(Import(node.module.partition(".")[0], _place(node), guarded))
            star = star or any(name.name == "*" for name in node.names)
    return found, star


def _walk_guarded(node: ast.AST, *, guarded: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        inside = guarded or isinstance(child, ast.Try) or (isinstance(child, ast.If) and _is_type_checking(child.test))
        yield child, guarded
        yield from _walk_guarded(child, guarded=inside)


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _model_paths(tree: ast.Module) -> Iterator[ModelPath]:
    """Joins of the model directory with literal parts: ``os.path.join(…)``, ``Path(…) / "a"``, ``Path(…, "a")``."""
    reader = _PathReader(tree)
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.BinOp) and id(node) not in inner:
            parts = reader.parts(node)
            if parts:
                inner |= {id(child) for child in ast.walk(node)}
                yield ModelPath(parts, _place(node))


class _PathReader:
    """Knows which names of a script hold the model directory, or a path below it."""

    def __init__(self, tree: ast.Module) -> None:
        self._names: dict[str, tuple[str, ...] | None] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name, parts = node.targets[0].id, self.parts(node.value)
                # A name that is bound twice to different things is not followed: which one holds is not known here.
                self._names[name] = parts if self._names.get(name, parts) == parts else None

    def parts(self, node: ast.expr) -> tuple[str, ...] | None:
        """The literal parts below the model directory, () for the directory itself, None for anything else."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joined(node.left, [node.right])
        if isinstance(node, ast.Subscript):
            return () if _is_literal(node.slice, MODEL_DIR_VARIABLE) and _called_name(node.value) == "environ" else None
        if isinstance(node, ast.Call) and node.args:
            return self._call(node)
        return None

    def _call(self, node: ast.Call) -> tuple[str, ...] | None:
        name = _called_name(node)
        if name in {"getenv", "get"} and _is_literal(node.args[0], MODEL_DIR_VARIABLE):
            return ()
        if name in {"join", "Path", "PurePath", "PosixPath"}:
            return self._joined(node.args[0], node.args[1:])
        if name in {"str", "fspath", "abspath", "realpath"} and len(node.args) == 1:
            return self.parts(node.args[0])
        if name == "joinpath" and isinstance(node.func, ast.Attribute):
            return self._joined(node.func.value, node.args)
        return None

    def _joined(self, start: ast.expr, others: list[ast.expr]) -> tuple[str, ...] | None:
        parts = self.parts(start)
        if parts is None:
            return None
        for other in others:
            if not (isinstance(other, ast.Constant) and isinstance(other.value, str)):
                return None
            parts += tuple(part for part in other.value.split("/") if part not in {"", "."})
        return parts


def _is_literal(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text
