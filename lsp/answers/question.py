"""What an answer is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from devkit.spec.positions import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lsp.answers.offered import Offered
    from lsp.client import Client
    from lsp.convert import Converter
    from lsp.open_document import OpenDocument
    from lsp.snapshot import Snapshot

__all__ = ["Answer", "Question"]


@dataclass(frozen=True)
class Question:
    """The document that a request is about, everything as it stood when it came, and the editor's abilities."""

    typed: OpenDocument
    """The document as far as its text and its neighbours tell: enough for what is asked at every key."""
    snapshot: Snapshot
    convert: Converter
    client: Client
    offered: Offered

    @property
    def document(self) -> OpenDocument:
        """The document with what the checks read of it, which takes longer."""
        return self.snapshot.document(self.path) or self.typed

    @property
    def path(self) -> Path:
        """The document's path."""
        return self.typed.path

    def offset(self, position: types.Position) -> int:
        """An offset in the document."""
        return self.convert.offset(self.path, position)

    def range(self, span: Span) -> types.Range:
        """A span of the document."""
        return self.convert.span(self.path, span)

    def position(self, offset: int) -> types.Position:
        """A place in the document."""
        return self.range(Span(offset, offset)).start

    def workspace_edit(self, changes: Mapping[Path, Sequence[types.TextEdit]]) -> types.WorkspaceEdit:
        """Changes to documents, bound to their versions where the editor knows how."""
        if not self.client.versioned_edits:
            return types.WorkspaceEdit(
                changes={self.convert.uri_of(path): list(each) for path, each in changes.items()}
            )
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(self._identifier(path), list(each)) for path, each in changes.items()
            ]
        )

    def _identifier(self, path: Path) -> types.OptionalVersionedTextDocumentIdentifier:
        buffer = self.snapshot.buffers.get(path)
        version = buffer.version if buffer is not None else None
        return types.OptionalVersionedTextDocumentIdentifier(self.convert.uri_of(path), version)


Answer = Callable[[Question, Any], Any]
"""From a question and the request's parameters to its result."""
