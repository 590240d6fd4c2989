"""What several features give back: pieces of a text to change, and places in other files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.spec.document import Document
    from devkit.spec.positions import Span

__all__ = ["Edit", "Target"]


@dataclass(frozen=True)
class Edit:
    """New text in the place of a span of the document at hand."""

    span: Span
    text: str


@dataclass(frozen=True)
class Target:
    """A place in a file. The span is one of `document`, the file's text as it is read now."""

    path: Path
    document: Document
    span: Span
