"""``devkit lsp``."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["start"]

_EXIT_INTERRUPTED = 130


def start() -> int:
    """Serve an editor over stdin and stdout until it ends the session; the exit code."""
    import pygls  # noqa: F401  costs nothing, and where it is not installed nothing may be answered

    from lsp.greeting import greet

    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    try:
        greeting = greet(stdin, stdout)
    except KeyboardInterrupt:  # somebody tried it in a terminal
        return _EXIT_INTERRUPTED
    # What instruments the models of programs that use pydantic has no business here, and it would be looked for in
    # every installed distribution.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()  # hundreds of classes are made at the import, and none of them is garbage
    from lsp.server import serve

    gc.freeze()
    gc.enable()
    return serve(stdin, stdout, greeting)
