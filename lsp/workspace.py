"""The open documents and the folders of the workspace, as the editor tells about them."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lsprotocol import types

from devkit.spec.document import Document
from devkit.spec.positions import Encoding, Position, Range
from lsp.places import path_of, uri_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lsp.snapshot import Disk, Snapshot

__all__ = ["Workspace"]

_TRUSTED_FOR = 2.0
"""Seconds after which the disk is looked at again when the editor does not tell about changed files."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Buffer:
    """One open document, with the editor's own spelling of its URI."""

    uri: str
    path: Path
    document: Document


class Workspace:
    """What is open. Only the protocol's thread changes it; everything else works on a `snapshot`."""

    def __init__(self) -> None:
        self.encoding = Encoding.UTF16
        self.is_told_of_files = False
        """Whether the editor tells about changed files."""
        self._folders: dict[str, Path] = {}
        self._buffers: dict[Path, _Buffer] = {}
        self._disk: Disk | None = None
        self._read_at = time.monotonic()
        self._snapshot: Snapshot | None = None

    @property
    def snapshot(self) -> Snapshot:
        """Everything as it stands now."""
        if not self.is_told_of_files and time.monotonic() - self._read_at > _TRUSTED_FOR:
            self.forget_disk()
        if self._snapshot is None:
            from lsp.snapshot import Disk, Snapshot

            self._disk = self._disk or Disk()
            documents = {path: buffer.document for path, buffer in self._buffers.items()}
            self._snapshot = Snapshot(documents, self._folders.values(), self._disk)
        return self._snapshot

    @property
    def open_paths(self) -> list[Path]:
        """The paths of the open documents."""
        return list(self._buffers)

    def path(self, uri: str) -> Path:
        """The path of a document, open or not."""
        return next((path for path, buffer in self._buffers.items() if buffer.uri == uri), None) or path_of(uri)

    def uri(self, path: Path) -> str:
        """The URI of a document, in the editor's own spelling when it is open."""
        buffer = self._buffers.get(path)
        return buffer.uri if buffer is not None else uri_of(path)

    def version(self, path: Path) -> int | None:
        """The editor's version of an open document."""
        buffer = self._buffers.get(path)
        return buffer.document.version if buffer is not None else None

    def open(self, uri: str, text: str, version: int, language: str = "") -> None:
        """Take a document's text from the editor. Opening it again replaces it, whatever its version."""
        path = path_of(uri, language)
        self._buffers[path] = _Buffer(uri, path, Document(text, path, uri, version))
        self.forget_disk()

    def change(self, uri: str, version: int, changes: Iterable[types.TextDocumentContentChangeEvent]) -> None:
        """Apply changes, one after the other. Those to a document that is not open are ignored."""
        buffer = self._buffers.get(self.path(uri))
        if buffer is None:
            logger.warning("a change to %s, which is not open", uri)
            return
        document = buffer.document
        for change in changes:
            document = Document(self._changed(document, change), buffer.path, uri, version)
        self._buffers[buffer.path] = replace(buffer, document=document)
        self._snapshot = None

    def _changed(self, document: Document, change: types.TextDocumentContentChangeEvent) -> str:
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            return change.text
        start, end = change.range.start, change.range.end
        range_ = Range(Position(start.line, start.character), Position(end.line, end.character))
        first, last = sorted(document.lines.span(range_, self.encoding))
        return document.text[:first] + change.text + document.text[last:]

    def close(self, uri: str) -> Path:
        """Give a document back to the disk; its path."""
        path = self.path(uri)
        self._buffers.pop(path, None)
        self.forget_disk()
        return path

    def change_folders(self, added: Sequence[str], removed: Sequence[str] = ()) -> None:
        """Take workspace folders in and out; those that are no folder on this machine are left out."""
        for uri in removed:
            self._folders.pop(uri, None)
        for uri in added:
            path = path_of(uri)
            with contextlib.suppress(OSError):  # such as a name that is too long
                if path.is_dir():
                    self._folders[uri] = path
        self.forget_disk()

    def forget_disk(self) -> None:
        """Look at the disk anew from now on; a text that has not changed is not read as YAML again."""
        self._disk = self._disk.forgotten() if self._disk is not None else None
        self._read_at = time.monotonic()
        self._snapshot = None
