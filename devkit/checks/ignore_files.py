"""``.amlignore`` and ``.gitignore``: what azure-ai-ml leaves out of an upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.checks.files import Files

__all__ = ["ignored_by"]


def ignored_by(folder: Path, path: Path, files: Files) -> str | None:
    """The file and pattern that keep `path` out of an upload of `folder`, or None.

    azure-ai-ml 1.35 takes ``.amlignore`` of the folder, or ``.gitignore`` where there is none, with git's meaning of a
    pattern (``_utils/_asset_utils.py``, read 2026-11).
    """
    source = next((folder / name for name in (".amlignore", ".gitignore") if files.is_file(folder / name)), None)
    text = files.read(source) if source is not None else None
    if source is None or text is None or not path.is_relative_to(folder):
        return None
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(text.splitlines())
    result = spec.check_file(path.relative_to(folder).as_posix())
    if not result.include or result.index is None:
        return None
    return f"{source.name}: {spec.patterns[result.index].pattern!s}"
