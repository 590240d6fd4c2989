"""``devkit lsp``."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["start"]


def start() -> int:
    """Serve an editor over stdin and stdout until it ends the session; the exit code."""
    import pygls  # noqa: F401  costs nothing, and where it is not installed nothing may be answered

    from lsp.greeting import greet

    # What instruments the models of programs that use pydantic has no business here, and it would be looked for in
    # every installed distribution.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()  # hundreds of classes are made at the import, and none of them is garbage
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    greeting = greet(stdin, stdout)
    from lsp.server import serve

    gc.freeze()
    gc.enable()
    return serve(stdin, stdout, greeting)
