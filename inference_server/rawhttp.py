"""The ``@rawhttp`` decorator and the question whether a function wears it; needs no Flask.

azmlinfsrv 1.5.1 sets one flag for the whole process, so that decorating any function makes ``run()`` raw. Here the mark
is the function's own; the flag of the real package, when a script imports that one, is still honoured.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RawMarks", "is_marked", "rawhttp"]

_MARK = "__aml_rawhttp__"
_REAL_MODULE = "azureml_inference_server_http.api.aml_request"
_REAL_FLAG = "_rawHttpRequested"

_F = TypeVar("_F")


class _Applied:
    count = 0


def rawhttp(func: _F) -> _F:
    """Mark `func`, the ``run()`` of a scoring script, as one that takes the request itself instead of its body."""
    setattr(func, _MARK, True)
    _Applied.count += 1
    return func


def is_marked(func: Any) -> bool:
    """Whether `func`, or a function that it wraps, is decorated with ``@rawhttp``."""
    return any(getattr(layer, _MARK, False) for layer in _layers(func))


class RawMarks:
    """What a script's import did with ``@rawhttp``; made before the import, asked after it."""

    def __init__(self) -> None:
        self._before = _Applied.count
        real = _real_module()
        if real is not None:
            setattr(real, _REAL_FLAG, False)

    def any_applied(self) -> bool:
        """Whether any function at all was decorated: azmlinfsrv's rule, for ``--strict``."""
        return _Applied.count > self._before or self.real_flag()

    @staticmethod
    def real_flag() -> bool:
        """Whether the installed azmlinfsrv's own ``@rawhttp`` was used, which leaves no mark on the function."""
        return bool(getattr(_real_module(), _REAL_FLAG, False))


def _real_module() -> Any:
    module = sys.modules.get(_REAL_MODULE)
    return module if hasattr(module, _REAL_FLAG) else None


def _layers(func: Any) -> Iterator[Any]:
    """`func` and what it wraps: through ``__wrapped__``, else through the functions its closure holds."""
    waiting, seen = [func], set()
    while waiting:
        layer = waiting.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        wrapped = getattr(layer, "__wrapped__", None)
        if wrapped is not None:
            waiting.append(wrapped)
            continue
        for cell in getattr(layer, "__closure__", None) or ():
            try:
                content = cell.cell_contents
            except ValueError:  # the cell is still empty
                continue
            if callable(content):
                waiting.append(content)
