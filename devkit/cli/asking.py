"""Questions before something is deleted."""

from __future__ import annotations

import sys

import typer

from devkit.cli.errors import UsageError

__all__ = ["confirm"]


def confirm(question: str, *, yes: bool) -> None:
    """Go on only when the user wants it.

    Raises:
        UsageError: there is nobody to ask, and ``-y`` is not given.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody is here to answer: give -y.")
    typer.confirm(question, abort=True, err=True)
