"""The live functions that have a given code object, wherever they are held, and other code put into them."""

from __future__ import annotations

import functools
import gc
import sys
from types import CellType, CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from inference_server.live.codes import CodePair

__all__ = ["CodeSwaps", "held_functions", "merge_class", "merge_function", "swap_codes"]

Undo = list["Callable[[], object]"]
_CO_NESTED = 0x10
_OWN_REFERENCES = 3
_FUNCTION_ATTRIBUTES = ("__code__", "__defaults__", "__kwdefaults__", "__annotations__", "__doc__", "__type_params__")
_CLASS_INTERNALS = frozenset({"__dict__", "__weakref__", "_abc_impl"})


class CodeSwaps:
    """Finds the new code for a live function's code, by where in which file it was written."""

    def __init__(self, pairs: Iterable[CodePair]) -> None:
        self.pairs = list(pairs)
        self._by_place: dict[tuple[str, str, int], list[CodePair]] = {}
        for pair in self.pairs:
            self._by_place.setdefault(_place(pair[0]), []).append(pair)

    def find(self, code: CodeType) -> CodePair | None:
        """The pair whose old code is `code`."""
        pairs = self._by_place.get(_place(code), ())
        if len(pairs) > 1:  # lambdas on one line
            return next((pair for pair in pairs if pair[0] == code), None)
        return pairs[0] if pairs else None


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_name, code.co_firstlineno


def swap_codes(swaps: CodeSwaps, modules: Iterable[ModuleType], undo: Undo) -> None:
    """Give every live function with an old code its new one; what is done is noted in `undo`.

    The functions that the modules hold are found by looking there. Only for one that is not there, or that another
    function made and someone still holds, every object of the process is looked at: that takes longer than all else.
    """
    found = _in_modules(swaps, modules)
    functions = {id(function): function for functions in found.values() for function in functions}
    idle = _idle_inner_codes(swaps, functions.values())
    missing = [pair for pair in swaps.pairs if id(pair[0]) not in idle and _may_be_elsewhere(pair, found)]
    if missing:
        functions |= {id(function): function for function in _in_process(CodeSwaps(missing))}
    for function in functions.values():
        pair = swaps.find(function.__code__)
        if pair is None or pair[0].co_freevars != pair[1].co_freevars:
            continue  # another closure: whoever makes such functions has changed, and makes new ones
        undo.append(functools.partial(setattr, function, "__code__", function.__code__))
        function.__code__ = pair[1]


def _may_be_elsewhere(pair: CodePair, found: dict[int, list[FunctionType]]) -> bool:
    return id(pair[0]) not in found or bool(pair[0].co_flags & _CO_NESTED)


def _idle_inner_codes(swaps: CodeSwaps, functions: Iterable[FunctionType]) -> set[int]:
    """The old codes of inner functions of which no function exists now: nobody but the outer code refers to them."""
    pairs_of: dict[int, int] = {}
    for pair in swaps.pairs:
        pairs_of[id(pair[0])] = pairs_of.get(id(pair[0]), 0) + 1
    idle: set[int] = set()
    waiting = [function.__code__ for function in functions]
    while waiting:
        outer = waiting.pop()
        for constant in outer.co_consts:
            if not isinstance(constant, CodeType):
                continue
            # referred to by the constants of the outer code, by `constant`, by the argument of getrefcount, by pairs
            is_idle = sys.getrefcount(constant) <= _OWN_REFERENCES + pairs_of.get(id(constant), 0)
            waiting.append(constant)
            found = swaps.find(constant)
            if found is not None and is_idle:
                idle.add(id(found[0]))
    return idle


def _in_modules(swaps: CodeSwaps, modules: Iterable[ModuleType]) -> dict[int, list[FunctionType]]:
    found: dict[int, list[FunctionType]] = {}
    names = {module.__name__ for module in modules}
    for module in modules:
        for function in held_functions(list(vars(module).values()), names):
            pair = swaps.find(function.__code__)
            if pair is not None:
                found.setdefault(id(pair[0]), []).append(function)
    return found


def _in_process(swaps: CodeSwaps) -> list[FunctionType]:
    files = {pair[0].co_filename for pair in swaps.pairs}
    return [
        each
        for each in gc.get_objects()
        if type(each) is FunctionType and each.__code__.co_filename in files and swaps.find(each.__code__) is not None
    ]


def held_functions(values: Iterable[Any], module_names: set[str]) -> Iterator[FunctionType]:
    """The functions in `values`: those of classes, and under decorators, properties and partials."""
    waiting, seen = list(values), set[int]()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        kind = type(value)
        if kind is FunctionType:
            yield value
            waiting += [cell.cell_contents for cell in value.__closure__ or () if _has_contents(cell)]
        elif isinstance(value, type):
            if value.__module__ in module_names:
                waiting += list(vars(value).values())
        elif kind in {staticmethod, classmethod}:
            waiting.append(value.__func__)
        elif kind is property:
            waiting += [value.fget, value.fset, value.fdel]
        elif kind is functools.partial or kind is functools.cached_property:
            waiting.append(value.func)
        elif kind is functools._lru_cache_wrapper or _is_wrapt_proxy(kind):  # noqa: SLF001  its only name
            waiting.append(value.__wrapped__)


def _is_wrapt_proxy(kind: type) -> bool:
    """Whether a class is one of wrapt's wrappers, by name: ``__module__`` is a property on its pure-Python ones."""
    return any(base.__name__ == "ObjectProxy" for base in kind.__mro__)


def _has_contents(cell: CellType) -> bool:
    try:
        return callable(cell.cell_contents)
    except ValueError:  # not bound yet
        return False


def merge_function(old: Any, new: Any, undo: Undo) -> Any:
    """Make the function `old` do what `new` does, and return it; `new` itself where Python forbids that."""
    if type(old) is not FunctionType or type(new) is not FunctionType:
        return new
    if old.__code__.co_freevars != new.__code__.co_freevars:
        return new
    for name in _FUNCTION_ATTRIBUTES:
        if hasattr(new, name):
            undo.append(functools.partial(setattr, old, name, getattr(old, name)))
            setattr(old, name, getattr(new, name))
    return old


def merge_class(old: Any, new: Any, undo: Undo) -> Any:
    """Make the class `old` have the members of `new`, and return it; `new` itself where `old` is no plain class.

    Instances keep their class and so get the new methods; methods that stay keep their identity.
    """
    if not isinstance(old, type) or type(old) is not type(new):
        return new
    _point_super_to(old, new)
    before, after = dict(vars(old)), dict(vars(new))
    undo.append(functools.partial(_restore_class, old, before))
    for name, value in after.items():
        if name in _CLASS_INTERNALS:
            continue
        previous = before.get(name)
        merged = merge_function(previous, value, undo) if type(previous) is FunctionType else value
        if merged is not previous:
            setattr(old, name, merged)
    for name in before.keys() - after.keys() - _CLASS_INTERNALS:
        delattr(old, name)
    return old


def _restore_class(cls: type, members: dict[str, Any]) -> None:
    for name in vars(cls).keys() - members.keys() - _CLASS_INTERNALS:
        delattr(cls, name)
    for name, value in members.items():
        if name not in _CLASS_INTERNALS and vars(cls).get(name) is not value:
            setattr(cls, name, value)


def _point_super_to(old: type, new: type) -> None:
    """``super()`` and ``__class__`` in the new methods mean the class that they move into."""
    for function in held_functions([new], {new.__module__}):
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if name == "__class__" and cell.cell_contents is new:
                cell.cell_contents = old
