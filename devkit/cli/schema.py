"""``devkit schema export``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from devkit.cli.errors import CommandError, UsageError
from devkit.spec.json_schema import file_name, schema_text
from devkit.spec.kinds import Kind

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["export"]


def export(folder: Path, kind: str | None) -> int:
    """Write ``KIND.schema.json`` for every kind into `folder`, or print the one of `kind`.

    Raises:
        UsageError: no kind is called so.
        CommandError: the folder cannot be written.
    """
    if kind is not None:
        try:
            typer.echo(schema_text(Kind(kind)), nl=False)
        except ValueError:
            known = ", ".join(each.value for each in Kind)
            raise UsageError(f"--kind {kind!r} is unknown; use one of {known}.") from None
        return 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in Kind:
            path = folder / file_name(each)
            path.write_text(schema_text(each), encoding="utf-8")
            typer.echo(f"wrote {path}")
    except OSError as error:
        raise CommandError(f"cannot write {error.filename}: {error.strerror}. Choose another folder.") from error
    return 0
