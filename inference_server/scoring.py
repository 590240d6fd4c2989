"""The scoring script: load the file as plain Python would, check ``init()`` and ``run()``, call ``init()``.

What the checks say is azmlinfsrv 1.5.1's text (read and observed 2026-11-21). Unlike there, the module stands in
``sys.modules`` under the file's own name, so that its classes can be pickled and its dataclasses resolve their types,
and the script's folder is on ``sys.path``, so that ``import helper`` finds the file beside it.
"""

from __future__ import annotations

import importlib.util
import inspect
import logging
import os
import sys
import traceback
from importlib.machinery import SourceFileLoader
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from inference_server import schema_registry
from inference_server.errors import StartupError
from inference_server.inputs import RunSignature, raw_requested
from inference_server.rawhttp import RawMarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, TracebackType

    from inference_server.settings import Settings

__all__ = ["ScoringScript", "user_traceback"]

_logger = logging.getLogger("azmlinfsrv.user_script")

_SHADOWING_NAME = "entry_module"
_TREE_LINES = 200
_PACKAGE_FOLDER = str(Path(__file__).parent)
_STANDARD_LIBRARY = str(Path(os.__file__).parent)


class ScoringScript:
    """A loaded script.

    Attributes:
        path: the file.
        module: the script's module; the same object for the life of the process, a live update patches it in place.
    """

    def __init__(self, path: Path, module: ModuleType, marks: RawMarks, settings: Settings) -> None:
        self.path = path
        self.module = module
        self._marks = marks
        self._strict = settings.strict
        self._folders = tuple(f"{folder}{os.sep}" for folder in (path.parent, *_app_folders(settings)))

    @classmethod
    def load(cls, settings: Settings) -> ScoringScript:
        """Put the folders on ``sys.path`` and run the script's top level.

        Raises:
            StartupError: there is no such file, or its top level raised; with the script's own traceback.
        """
        path = _script_path(settings)
        _extend_path(path.parent, settings)
        marks = RawMarks()
        if settings.strict:
            module = _import(path, _SHADOWING_NAME, register=False)
        else:
            module = _import(path, _module_name(path))
        return cls(path, module, marks, settings)

    @property
    def scored_module(self) -> ModuleType:
        """The module whose ``run()`` is called: a driver module's target, else the script itself.

        Some Azure SDKs generate a script that stands before the user's own and names it ``driver_module``. Its
        ``init()`` has a purpose; its ``run()`` only passes on, and not every argument.
        """
        target = getattr(self.module, "driver_module", None)
        return target if isinstance(target, ModuleType) and hasattr(target, "run") else self.module

    @property
    def run(self) -> Callable[..., Any]:
        """The script's ``run``, as it is now."""
        return self.scored_module.run  # type: ignore[no-any-return]

    def signature(self) -> RunSignature:
        """How ``run()`` wants to be called.

        Raises:
            StartupError: ``init()`` or ``run()`` is missing, or the server cannot call ``run()``.
        """
        for name in ("init", "run"):
            if not hasattr(self.module, name):
                raise StartupError(f"User script at {self.module.__file__} does not have a {name}() function defined.")
        raw = raw_requested(self.run, self._marks, strict=self._strict)
        return RunSignature.of(self.run, raw=raw, strict=self._strict)

    def mentions_flask(self) -> bool:
        """Whether the script, or a module of the user's folders, names Flask, whose request it may then look at."""
        loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        own = {path for path in loaded if path and path.startswith(self._folders) and not _is_installed(path)}
        return any(_mentions(Path(path), b"flask") for path in own | {str(self.path)})

    def describe(self) -> str:
        """The line that azmlinfsrv logs once the script is loaded."""
        if self.scored_module is self.module:
            return f"Found user script at {self.module.__file__}"
        return f"Found driver script at {self.module.__file__} and the score script at {self.scored_module.__file__}"

    def init(self, model_dir: str, await_: Callable[[Any], Any]) -> None:
        """Call ``init()``.

        Args:
            model_dir: listed in the error, since a wrong path to the model is its usual cause.
            await_: runs the coroutine of an ``async def init()``.

        Raises:
            StartupError: it raised; with the script's own traceback.
        """
        _logger.info("Invoking user's init function")
        try:
            self.call_init(await_)
        except BaseException as error:
            raise StartupError(_init_failure(error, model_dir)) from error
        _logger.info("Users's init has completed successfully")

    def call_init(self, await_: Callable[[Any], Any]) -> None:
        """Call ``init()`` as `init` does, and raise what it raises."""
        result = self.module.init()
        if inspect.iscoroutine(result):
            await_(result)


def user_traceback(error: BaseException, *, chain: bool = True) -> str:
    """The traceback of an error in the user's code, without the frames of this server above it.

    With `chain` the errors that led to it come first, as Python prints them.
    """
    trimmed = _from_user_code(error.__traceback__)
    return "".join(traceback.format_exception(type(error), error, trimmed, chain=chain)).rstrip()


class _ScriptLoader(SourceFileLoader):
    """Compiles the file each time, as Python does with a main script: a cached one can be a second out of date."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _script_path(settings: Settings) -> Path:
    if settings.entry_script is not None:
        return Path(os.path.realpath(settings.app_root / settings.entry_script))
    root = Path(settings.app_root)
    main = root / "main.py"
    if not main.is_file():
        raise StartupError(
            "No score script found. Expected score script main.py.\n"
            f"Expected script to be found in PYTHONPATH: {[*sys.path, str(root)]}\n{_contents(root)}"
        )
    return Path(os.path.realpath(main))


def _contents(root: Path) -> str:
    if not root.is_dir():
        return f"The directory {root} not an accessible directory in the container."
    return f"Current contents of AML_APP_ROOT: {sorted(child.name for child in root.iterdir())}"


def _extend_path(script_folder: Path, settings: Settings) -> None:
    """Put the script's folder first, where ``python score.py`` has it, and the app's folders last, as azmlinfsrv."""
    if not settings.strict and str(script_folder) not in sys.path:
        sys.path.insert(0, str(script_folder))
    for folder in _app_folders(settings):
        if folder not in sys.path:
            sys.path.append(folder)


def _app_folders(settings: Settings) -> list[str]:
    folders = [settings.app_root]
    if settings.source_directory is not None:
        folders.append(settings.app_root / settings.source_directory)
    return [os.path.realpath(folder) for folder in folders]


def _module_name(path: Path) -> str:
    """The file's stem, unless that is a name which other code imports for another module."""
    loaded = sys.modules.get(path.stem)
    taken = loaded is not None and getattr(loaded, "__file__", None) != str(path)
    return _SHADOWING_NAME if taken or path.stem in sys.stdlib_module_names else path.stem


def _import(path: Path, name: str, *, register: bool = True) -> ModuleType:
    schema_registry.forget(name)
    spec = importlib.util.spec_from_file_location(name, path, loader=_ScriptLoader(name, str(path)))
    assert spec is not None  # noqa: S101  there is a loader
    assert spec.loader is not None  # noqa: S101  the same
    module = importlib.util.module_from_spec(spec)
    if register:
        sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        sys.modules.pop(name, None)
        raise StartupError(_import_failure(error, path)) from error
    return module


def _import_failure(error: BaseException, path: Path) -> str:
    hint = ""
    if isinstance(error, FileNotFoundError) and not path.exists():
        hint = f"No such file or directory.\nThere is no scoring script at {path}. Check --entry_script.\n"
    return f"{hint}{user_traceback(error)}\nFailed to import user script because it raised an unhandled exception"


def _init_failure(error: BaseException, model_dir: str) -> str:
    lines = ["User's init function failed", f"Encountered Exception {user_traceback(error)}"]
    if model_dir and Path(model_dir).exists():
        tree = _tree(Path(os.path.normpath(model_dir)))
        lines += ["Model Directory Contents:", *islice(tree, _TREE_LINES)]
        if next(tree, None) is not None:
            lines.append(f"Output Truncated. First {_TREE_LINES} lines shown.")
    return "\n".join(lines)


def _tree(path: Path, depth: int = 0) -> Iterator[str]:
    indent = "    " * depth
    if not path.is_dir():
        yield f"{indent}{path.name}"
        return
    yield f"{indent}{path.name}{os.sep}"
    try:
        children = sorted(path.iterdir())
    except PermissionError:
        return
    for child in children:
        yield from _tree(child, depth + 1)


def _is_installed(path: str) -> bool:
    return "site-packages" in path or path.startswith((_PACKAGE_FOLDER, _STANDARD_LIBRARY))


def _mentions(path: Path, word: bytes) -> bool:
    try:
        return path.suffix == ".py" and word in path.read_bytes()
    except OSError:
        return True  # it cannot be known; the slower way is the safe one


def _from_user_code(trace: TracebackType | None) -> TracebackType | None:
    """Skip our own frames and the import system's, down to the first that is neither; None where all are."""
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if not filename.startswith((_PACKAGE_FOLDER, "<frozen importlib")):
            break
        trace = trace.tb_next
    return trace
