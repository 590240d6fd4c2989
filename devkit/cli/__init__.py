"""The command ``devkit``: one module a noun; each parses, calls and prints, and imports what it needs when called."""

from __future__ import annotations

import sys

__all__ = ["main"]

_BY_AN_EDITOR = (["lsp"], ["lsp", "--stdio"])
"""The arguments of every editor. It waits for the answer to its first message, and typer takes 0.2 s to import."""


def main() -> int:
    """Run the command line of this process and return its exit code.

    A mistake of the user's ends in one message, never in a traceback of ours.
    """
    if sys.argv[1:] in _BY_AN_EDITOR:
        from devkit.cli import lsp

        return lsp.start()
    from devkit.cli.app import run
    from devkit.cli.errors import CommandError

    try:
        return run(sys.argv[1:])
    except CommandError as error:
        print(f"devkit: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
