"""A path as people are shown it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["shown_path"]


def shown_path(path: Path) -> str:
    """Relative to the current folder where it lies below it, as it is elsewhere: it can be typed either way."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
