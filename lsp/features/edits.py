"""What several features give back: pieces of a text to change, and places in files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.spec.positions import Span

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Edit", "Target"]

_START = Span(0, 0)


@dataclass(frozen=True)
class Edit:
    """New text in the place of a span of the document at hand."""

    span: Span
    text: str


@dataclass(frozen=True)
class Target:
    """A place in a file, by offsets of its text as an editor or the disk has it; its start unless told."""

    path: Path
    span: Span = _START
