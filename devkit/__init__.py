"""The kit around a deployment's files: documents, checks and the command ``devkit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devkit.local import InvocationError, LocalEndpoint, local_endpoint

__version__ = "0.1.0"

DISTRIBUTION = "endpoint-devkit"
"""The distribution that owns this package. The name ``devkit`` is taken on the index by another one; the launcher
compares this to tell the two apart."""

__all__ = ["DISTRIBUTION", "InvocationError", "LocalEndpoint", "__version__", "local_endpoint"]

_LOCAL = frozenset({"InvocationError", "LocalEndpoint", "local_endpoint"})


def __getattr__(name: str) -> Any:
    """Import what serves endpoints when it is first asked for: the command and the editor start without it."""
    if name in _LOCAL:
        from devkit import local

        return getattr(local, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
