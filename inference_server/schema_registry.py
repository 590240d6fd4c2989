"""What inference-schema knows about a ``run()``, without importing it: a script that uses it has done so.

The package keeps schemas in process-wide dictionaries under ``module.function``, so a second load of a script finds
the first one's entries; `forget` removes them.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["ALL_VERSIONS", "forget", "input_schema", "is_decorated", "output_schema", "supported_versions"]

ALL_VERSIONS = ("2.0", "3.0", "3.1")
"""Versions of Swagger that a function without decorators is described in."""

_MODULE = "inference_schema.schema_util"
_REGISTRIES = ("__functions_schema__", "__versions__")


def is_decorated(function: Any) -> bool:
    """Whether `function` wears ``@input_schema`` or ``@output_schema``."""
    util = sys.modules.get(_MODULE)
    return util is not None and bool(util.is_schema_decorated(function))


def input_schema(function: Any) -> dict[str, Any]:
    """The Swagger schema of the input of a decorated `function`."""
    return dict(sys.modules[_MODULE].get_input_schema(function))


def output_schema(function: Any) -> dict[str, Any]:
    """The Swagger schema of the output of a decorated `function`."""
    return dict(sys.modules[_MODULE].get_output_schema(function))


def supported_versions(function: Any) -> list[str]:
    """The Swagger versions that can describe `function`, a subset of `ALL_VERSIONS`."""
    util = sys.modules.get(_MODULE)
    return list(ALL_VERSIONS) if util is None else [str(version) for version in util.get_supported_versions(function)]


def forget(module_name: str, function_name: str | None = None) -> None:
    """Remove the entries of one function of a module, or of all of them, so that it can be decorated again."""
    util = sys.modules.get(_MODULE)
    if util is None:
        return
    for attribute in _REGISTRIES:
        registry: dict[str, Any] = getattr(util, attribute)
        for key in list(registry):
            module, _, function = key.rpartition(".")
            if module == module_name and function_name in {None, function}:
                del registry[key]
