"""What an answer is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from lsprotocol import types

    from devkit.spec.positions import Span
    from lsp.client import Client
    from lsp.convert import Converter
    from lsp.open_document import OpenDocument
    from lsp.snapshot import Snapshot

__all__ = ["Answer", "Question"]


@dataclass(frozen=True)
class Question:
    """The document that a request is about, everything as it stood when it came, and the editor's abilities."""

    document: OpenDocument
    snapshot: Snapshot
    convert: Converter
    client: Client

    @property
    def path(self) -> Path:
        """The document's path."""
        return self.document.path

    def offset(self, position: types.Position) -> int:
        """An offset in the document."""
        return self.convert.offset(self.path, position)

    def range(self, span: Span) -> types.Range:
        """A span of the document."""
        return self.convert.span(self.path, span)


Answer = Callable[[Question, Any], Any]
"""From a question and the request's parameters to its result."""
