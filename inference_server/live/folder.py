"""The code folder as the process sees it: which loaded modules come from it, and what their files contain."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from inference_server.live.source import Module, SourceFile, parse
from inference_server.live.watch import is_watched, python_files

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["CodeFolder"]


class CodeFolder:
    """Remembers the text of every file from before it can be imported, so that a change always has a "before".

    Args:
        root: the folder; modules elsewhere (site-packages, the standard library) are never touched.
        ignored: folders in it that hold no code.
    """

    def __init__(self, root: str, ignored: frozenset[str] = frozenset()) -> None:
        self.root = os.path.realpath(root)
        self._ignored = ignored
        self._texts: dict[str, bytes] = {path: _read(path) or b"" for path in python_files(self.root, ignored)}
        self._parsed: dict[str, Module] = {}
        self._ours: dict[str, bool] = {}  # resolving the links of a thousand paths takes longer than an update

    def is_ours(self, module: ModuleType) -> bool:
        """Whether `module` was loaded from a file of this folder."""
        path = getattr(module, "__file__", None)
        if not isinstance(path, str) or not path.endswith(".py"):
            return False
        ours = self._ours.get(path)
        if ours is None:
            real = os.path.realpath(path)
            ours = real.startswith(self.root + os.sep) and is_watched(real, self.root, self._ignored)
            self._ours[path] = ours
        return ours

    def loaded(self) -> dict[str, ModuleType]:
        """The loaded modules of the folder by their name in ``sys.modules``."""
        return {name: module for name, module in list(sys.modules.items()) if self.is_ours(module)}

    def loaded_binaries(self) -> set[str]:
        """Real paths of the extension modules that were loaded from the folder."""
        paths = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
        real = {os.path.realpath(path) for path in paths if path.endswith((".so", ".pyd"))}
        return {path for path in real if path.startswith(self.root + os.sep)}

    def baseline(self) -> dict[str, Module]:
        """The loaded modules as they are in force.

        Raises SyntaxError never: a module that is loaded could be parsed.
        """
        loaded = self.loaded()
        for name in self._parsed.keys() - loaded.keys():
            del self._parsed[name]
        for name, module in loaded.items():
            if name not in self._parsed:
                text = self._texts.get(os.path.realpath(module.__file__ or ""))
                self._parsed[name] = parse(_source(module, name, text or b""))
        return dict(self._parsed)

    def current(self, baseline: dict[str, Module]) -> dict[str, Module]:
        """The same modules from their files as they are now; one whose file is gone is missing.

        Raises SyntaxError.
        """
        current: dict[str, Module] = {}
        for name, module in baseline.items():
            text = _read(module.file.path)
            if text is None:
                continue
            unchanged = text == module.file.text
            current[name] = (
                module if unchanged else parse(SourceFile(name, module.file.path, text, module.file.is_package))
            )
        return current

    def accept(self, modules: dict[str, Module]) -> None:
        """`modules` are in force from now on."""
        self._parsed = dict(modules)

    def refresh(self, paths: frozenset[str]) -> set[str]:
        """Read `paths` again; the names of modules that have another content and are not loaded."""
        changed: set[str] = set()
        for path in paths:
            text = _read(path)
            if text == self._texts.get(path):
                continue
            changed.add(self._module_name(path))
            if text is None:
                del self._texts[path]
            else:
                self._texts[path] = text
        return changed - self.loaded().keys()

    def forget_loaded(self) -> None:
        """Drop every module of the folder from ``sys.modules``, for a load from scratch."""
        for name in self.loaded():
            sys.modules.pop(name, None)
        self._parsed.clear()

    def _module_name(self, path: str) -> str:
        parts = Path(path).relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _source(module: ModuleType, name: str, text: bytes) -> SourceFile:
    return SourceFile(name, module.__file__ or "", text, is_package=hasattr(module, "__path__"))


def _read(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None
