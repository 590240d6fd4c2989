"""Runs at every start of the interpreter, through ``endpoint_devkit.pth``; so it does as little as possible.

It makes the names that a ``score.py`` written for Azure's server imports (``azureml.contrib.services.aml_request``,
``azureml_inference_server_http.api…``) importable in a plain Python, and so in a unit test of that script. The hook
stands last in ``sys.meta_path``: wherever the real packages are installed, they are found first and it is never asked.

PYTEST_DONT_REWRITE: the kit has a pytest plugin, so pytest would rewrite its assertions, and would warn every user that
this module is imported too early for it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # what type checkers take for typing's constant; importing typing would cost 8 ms at every start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_ROOTS = frozenset({"azureml", "azureml_inference_server_http"})


class _AzmlinfsrvNamesHook:
    """Asks ``inference_server.azmlinfsrv_names`` for a module, and imports it only when one of its names is wanted."""

    @staticmethod
    def find_spec(
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,  # noqa: ARG004  the protocol of sys.meta_path
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        try:
            from inference_server import azmlinfsrv_names
        except ImportError:  # the package is being removed, or another distribution owns the name
            return None
        return azmlinfsrv_names.find_spec(fullname, path)


if _AzmlinfsrvNamesHook not in sys.meta_path:
    sys.meta_path.append(_AzmlinfsrvNamesHook)
