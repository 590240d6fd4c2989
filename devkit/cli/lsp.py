"""``devkit lsp``."""

from __future__ import annotations

__all__ = ["start"]


def start() -> int:
    """Serve an editor over stdin and stdout until it ends the session; the exit code."""
    from lsp.server import serve

    return serve()
