"""The command ``devkit``: one module a noun; each parses, calls and prints, and imports what it needs when called."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command line of this process and return its exit code.

    A mistake of the user's ends in one message, never in a traceback of ours.
    """
    from devkit.cli.app import run
    from devkit.cli.errors import CommandError

    try:
        return run(sys.argv[1:])
    except CommandError as error:
        print(f"devkit: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        return 130
