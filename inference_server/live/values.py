"""What the source alone tells about values and calls: immutable results, transparent decorators, foreign effects."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from inference_server.live.source import Kind, Module, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["dotted", "foreign_effect", "is_transparent", "may_be_mutable", "plain_bases"]

_IMMUTABLE_RESULTS = frozenset(
    """bool bytes complex float frozenset int str range len min max sum abs round hash repr open print type getenv join
    dirname basename abspath realpath resolve Path PurePath compile getLogger get_logger TypeVar NewType namedtuple
    Lock RLock device""".split()  # noqa: SIM905  thirty quoted names are harder to read
)
_TRANSPARENT = frozenset(
    {
        "abc.abstractmethod",
        "azureml.contrib.services.aml_request.rawhttp",
        "azureml_inference_server_http.api.aml_request.rawhttp",
        "classmethod",
        "contextlib.asynccontextmanager",
        "contextlib.contextmanager",
        "dataclasses.dataclass",
        "functools.total_ordering",
        "inference_schema.schema_decorators.input_schema",
        "inference_schema.schema_decorators.output_schema",
        "property",
        "staticmethod",
        "typing.final",
        "typing.overload",
        "typing.override",
    }
)
"""Decorators that look at nothing but the signature and call the function they were given: its code can be replaced
under them. ``functools.lru_cache`` is not one, it remembers; ``numba.jit`` and its like are not, they compile."""
_PLAIN_BASES = frozenset(
    {
        "abc.ABC",
        "mlflow.pyfunc.PythonModel",
        "object",
        "sklearn.base.BaseEstimator",
        "sklearn.base.ClassifierMixin",
        "sklearn.base.RegressorMixin",
        "sklearn.base.TransformerMixin",
        "torch.nn.Module",
        "transformers.Pipeline",
    }
)
"""Base classes that do nothing when a subclass is made, so that its members can be replaced one by one."""
_HARMLESS = ("print", "logging.", "warnings.", "time.", "os.makedirs", "gc.", "random.", "numpy.random.")
_ONCE = frozenset({"logging.basicConfig", "multiprocessing.set_start_method", "torch.set_num_interop_threads"})


def dotted(module: Module, node: ast.expr) -> str:
    """``lru_cache(maxsize=1)`` as ``functools.lru_cache``, by the file's own imports; empty when it is no name."""
    if isinstance(node, ast.Call):
        node = node.func
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    root = node.id
    for source, name in module.targets.get(root, ())[:1]:
        root = f"{source}.{name}" if name else source
    return ".".join([root, *reversed(parts)])


def is_transparent(module: Module, decorator: ast.expr) -> bool:
    """Whether the function under `decorator` can be given other code without running `decorator` again."""
    name = dotted(module, decorator)
    if name in module.writers and name not in module.targets:
        return False  # a function of the file that happens to be called `property`
    return name in _TRANSPARENT or name.endswith((".setter", ".getter", ".deleter"))


def plain_bases(module: Module, node: ast.ClassDef) -> Iterable[str] | None:
    """The bases that are names of the code folder, or None when one is unknown or may act on subclasses."""
    unknown: list[str] = []
    for base in node.bases:
        name = dotted(module, base)
        if name in _PLAIN_BASES and name not in module.writers:
            continue
        if not isinstance(base, ast.Name | ast.Attribute):
            return None
        unknown.append(ast.unparse(base))
    keywords = [keyword for keyword in node.keywords if dotted(module, keyword.value) != "abc.ABCMeta"]
    return None if keywords else unknown


def may_be_mutable(statement: Statement) -> bool:
    """Whether `statement` may bind a value that can be changed in place."""
    node = statement.node
    if statement.kind is not Kind.OTHER or isinstance(node, ast.Import | ast.ImportFrom):
        return False
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        return not _is_immutable(node.value)
    return True


def _is_immutable(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.Compare() | ast.Lambda():
            return True
        case ast.UnaryOp():
            return _is_immutable(node.operand)
        case ast.BinOp():
            return _is_immutable(node.left) and _is_immutable(node.right)
        case ast.Tuple():
            return all(_is_immutable(element) for element in node.elts)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _IMMUTABLE_RESULTS
    return False


def foreign_effect(module: Module, statement: Statement) -> tuple[str, bool] | None:
    """What `statement` changes outside the code folder and no later statement can take back.

    The target of the change, and whether doing it once more with other values has no effect; None when there is none.
    """
    match statement.node:
        case ast.Expr(value=ast.Call() as call):
            target = dotted(module, call)
        case (
            ast.Assign(targets=[ast.Subscript(value=value) as item])
            | ast.Delete(targets=[ast.Subscript(value=value) as item])
        ):
            target = f"{dotted(module, value)}[{ast.unparse(item.slice)}]"
        case ast.Assign(targets=[ast.Attribute() as attribute]):
            target = dotted(module, attribute)
        case _:
            return None
    root = target.partition(".")[0].partition("[")[0]
    imported = {source.partition(".")[0] for sources in module.targets.values() for source, _ in sources}
    if not root or (root in module.writers and root not in imported):
        return None
    if target in _ONCE:
        return target, True
    return None if target.startswith(_HARMLESS) or "." not in target else (target, False)
