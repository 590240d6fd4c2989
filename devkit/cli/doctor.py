"""``devkit doctor``."""

from __future__ import annotations

import dataclasses
import json

import typer

from devkit.cli.errors import UsageError
from devkit.doctor.probes import Diagnosis, examine

__all__ = ["doctor"]

_MARKS = {"ok": ("ok", typer.colors.GREEN), "missing": ("--", typer.colors.BRIGHT_BLACK)}
_MARKS |= {"problem": ("!!", typer.colors.RED), "unknown": ("??", typer.colors.YELLOW)}


def doctor(output: str) -> int:
    """Print what the probes found, one at a time as they end; always 0: an absent thing is no mistake.

    Raises:
        UsageError: `output` is neither ``terminal`` nor ``json``.
    """
    if output == "json":
        typer.echo(json.dumps([dataclasses.asdict(found) for found in examine()], indent=2, ensure_ascii=False))
    elif output == "terminal":
        for found in examine():
            _show(found)
    else:
        raise UsageError(f"--format {output!r} is unknown; use terminal or json.")
    return 0


def _show(found: Diagnosis) -> None:
    mark, colour = _MARKS[found.state]
    typer.echo(f"{typer.style(mark, fg=colour, bold=True)}  {found.name:<17} {found.detail}")
    if found.remedy:
        typer.echo(f"    {'':<17} -> {found.remedy}")
