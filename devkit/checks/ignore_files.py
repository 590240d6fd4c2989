"""Which files azure-ai-ml leaves out of an upload, as far as a check wants to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.ignore_rules import IGNORE_FILES, IgnoreRules

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.checks.files import Files

__all__ = ["ignored_by"]


def ignored_by(folder: Path, path: Path, files: Files) -> str | None:
    """The file and pattern that keep `path` out of an upload of `folder`, or None."""
    source = next((folder / name for name in IGNORE_FILES if files.is_file(folder / name)), None)
    text = files.read(source) if source is not None else None
    if source is None or text is None or not path.is_relative_to(folder):
        return None
    return IgnoreRules(source.name, text).ignored_by(path.relative_to(folder).as_posix())
