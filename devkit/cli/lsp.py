"""``devkit lsp``."""

from __future__ import annotations

import gc

__all__ = ["start"]


def start() -> int:
    """Serve an editor over stdin and stdout until it ends the session; the exit code."""
    gc.disable()  # hundreds of classes are made at the import, and none of them is garbage
    from lsp.server import serve

    gc.freeze()
    gc.enable()
    return serve()
