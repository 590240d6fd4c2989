"""A code folder that is loaded and live-updated in this process, and compared with a fresh start on the same files."""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

from inference_server import schema_registry
from inference_server.live.apply import apply
from inference_server.live.folder import CodeFolder
from inference_server.live.plan import plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from inference_server.live.steps import Plan

_INTERNAL = {"__builtins__", "__cached__", "__file__", "__loader__", "__spec__", "__path__", "__annotations__"}


class LiveFolder:
    """Files under `root`, of which ``score`` is the entry; `save` updates the process as the server would."""

    def __init__(self, root: Path, files: dict[str, str], entry: str = "score") -> None:
        self.root = root
        self.entry = entry
        self.init_calls = 0
        self.write(files)
        self.folder = CodeFolder(str(root))
        sys.path.insert(0, str(root))
        self._bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        self.module = self._load()
        self.folder.baseline()

    def close(self) -> None:
        """Leave ``sys.path`` and ``sys.modules`` as they were."""
        for name in self.folder.loaded():
            schema_registry.forget(name)
        self.folder.forget_loaded()
        sys.path.remove(str(self.root))
        sys.dont_write_bytecode = self._bytecode

    def write(self, files: dict[str, str]) -> None:
        """Write files without telling anyone; an empty path part in a name makes folders, None deletes."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def _load(self) -> ModuleType:
        importlib.invalidate_caches()
        module = importlib.import_module(self.entry)
        self._call_init(module)
        return module

    def _call_init(self, module: ModuleType) -> None:
        if hasattr(module, "init"):
            self.init_calls += 1
            module.init()

    def save(self, files: dict[str, str], *, delete: tuple[str, ...] = ()) -> Plan:
        """Write `files` and apply the change; raises what the update raised, after it was undone."""
        self.write(files)
        for name in delete:
            (self.root / name).unlink()
        old = self.folder.baseline()
        appeared = self.folder.refresh(frozenset(str(self.root / name) for name in [*files, *delete]))
        new = self.folder.current(old)
        todo = plan(old, new, self.entry, appeared=appeared)
        if todo.restart is None:
            apply(
                todo,
                self.folder.loaded(),
                is_ours=self.folder.is_ours,
                call_init=lambda: self._call_init(self.module),
            )
            self.folder.accept(new)
        return todo

    @contextlib.contextmanager
    def fresh_start(self) -> Iterator[ModuleType]:
        """The entry module of a start on the files as they are now, beside the live one."""
        live = self.folder.loaded()
        calls = self.init_calls
        for name in live:
            del sys.modules[name]
        try:
            yield self._load()
        finally:
            for name in self.folder.loaded():
                del sys.modules[name]
            sys.modules.update(live)
            self.init_calls = calls

    def picture(self) -> dict[str, Any]:
        """Every name of every loaded module, as values that can be compared between two starts."""
        return {name: picture_of_module(module) for name, module in self.folder.loaded().items()}


def picture_of_module(module: ModuleType) -> dict[str, Any]:
    """The module's names with what they hold, do and share."""
    painter = _Painter()
    names = {name: value for name, value in vars(module).items() if name not in _INTERNAL}
    picture = {name: painter.paint(value) for name, value in sorted(names.items())}
    mutable = {name: value for name, value in names.items() if isinstance(value, list | dict)}
    picture["<shared>"] = sorted(
        (one, two) for one in mutable for two in mutable if one < two and mutable[one] is mutable[two]
    )
    return picture


class _Painter:
    """Turns values into comparable ones; functions into what they answer and where they stand."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def paint(self, value: Any) -> Any:
        if id(value) in self._open:
            return "<cycle>"
        self._open.add(id(value))
        try:
            return self._paint(value)
        finally:
            self._open.discard(id(value))

    def _paint(self, value: Any) -> Any:  # noqa: C901, PLR0911  one case a type
        match value:
            case types.ModuleType():
                return ("module", value.__name__)
            case types.FunctionType():
                return self._function(value)
            case functools._lru_cache_wrapper():
                return ("cached", self.paint(value.__wrapped__), self._answer(value))
            case functools.partial():
                return ("partial", self.paint(value.func), self.paint(value.args))
            case staticmethod() | classmethod():
                return (type(value).__name__, self.paint(value.__func__))
            case property():
                return ("property", self.paint(value.fget), self.paint(value.fset))
            case type():
                return self._class(value)
            case list() | tuple():
                return (type(value).__name__, [self.paint(each) for each in value])
            case dict():
                return ("dict", [(self.paint(key), self.paint(each)) for key, each in value.items()])
            case int() | str() | float() | None | bytes():
                return value
        return self._instance(value)

    def _function(self, function: Any) -> Any:
        code = function.__code__
        return (
            "function",
            function.__qualname__,
            function.__doc__,
            self.paint(function.__defaults__),
            list(code.co_lines()),
            self._answer(function),
            [
                self.paint(cell.cell_contents)
                for cell in function.__closure__ or ()
                if not isinstance(cell.cell_contents, type)
            ],
        )

    def _answer(self, function: Any) -> Any:
        name = function.__name__
        if name.startswith(("bump", "init", "load")):
            return "<has effects>"
        arguments = [3] * (getattr(function, "__wrapped__", function).__code__.co_argcount)
        try:
            return self.paint(function(*arguments))
        except Exception as error:  # noqa: BLE001  the kind of error is part of the answer
            return type(error).__name__

    def _class(self, cls: type) -> Any:
        if cls.__module__ == "builtins":
            return cls.__name__
        members = {
            name: self.paint(value)
            for name, value in sorted(vars(cls).items())
            if name
            not in {"__dict__", "__weakref__", "__module__", "__annotations__", "__static_attributes__", "_abc_impl"}
        }
        return ("class", cls.__qualname__, [self.paint(base) for base in cls.__bases__], members, self._make(cls))

    def _make(self, cls: type) -> Any:
        try:
            return self._instance(cls())
        except Exception as error:  # noqa: BLE001  the outcome is compared
            return type(error).__name__

    def _call(self, method: Any) -> Any:
        try:
            return self.paint(method())
        except Exception as error:  # noqa: BLE001  the kind of error is part of the answer
            return type(error).__name__

    def _instance(self, value: Any) -> Any:
        cls = type(value)
        methods = [name for name in dir(cls) if not name.startswith("_") and callable(getattr(cls, name))]
        current = getattr(sys.modules.get(cls.__module__), cls.__name__, None) is cls
        answers = {}
        for name in methods:
            answers[name] = self._call(getattr(value, name))
        return ("instance", cls.__name__, current, self.paint(getattr(value, "__dict__", None)), answers)


def differences(one: Any, two: Any, place: str = "") -> list[str]:
    """Where two pictures differ, for the message of a failed comparison."""
    if isinstance(one, dict) and isinstance(two, dict):
        found = [f"{place}/{key} only on one side" for key in one.keys() ^ two.keys()]
        return found + [
            each for key in one.keys() & two.keys() for each in differences(one[key], two[key], f"{place}/{key}")
        ]
    if isinstance(one, list | tuple) and isinstance(two, list | tuple) and len(one) == len(two):
        return [
            each for i, (a, b) in enumerate(zip(one, two, strict=True)) for each in differences(a, b, f"{place}/{i}")
        ]
    return [] if one == two else [f"{place}: {one!r} != {two!r}"]
