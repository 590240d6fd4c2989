"""When diagnostics are told: pushed a moment after a change, or pulled by editors that ask for them."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import time
from typing import TYPE_CHECKING

from lsprotocol import types

from lsp.convert import Converter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.spec.findings import Finding
    from lsp.server import Server
    from lsp.snapshot import Snapshot

__all__ = ["Diagnosing"]

_SHORTEST_WAIT, _LONGEST_WAIT = 0.03, 0.3
"""Seconds between a change and the check. A burst of keys is checked once; the wait grows with what a check takes."""

_Told = tuple["int | None", list[types.Diagnostic]]


class Diagnosing:
    """Checks the open documents after changes. An editor that pulls is told to ask again, and nothing is pushed."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._waiting: asyncio.Task[None] | None = None
        self._first: Path | None = None
        self._took = 0.0
        self._told: dict[Path, _Told] = {}

    def schedule(self, first: Path | None = None) -> None:
        """Check soon, and `first` before the others; a check that is waited for already begins anew.

        Args:
            first: the document that was changed; None when something else was.
        """
        self._first = first or self._first
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().create_task(self._after_wait(ask_again=first is None))

    def forget(self, path: Path, uri: str) -> None:
        """Take back what was told about a document that is closed."""
        if self._told.pop(path, None) is not None:
            self._publish(uri, None, [])

    async def _after_wait(self, *, ask_again: bool) -> None:
        await asyncio.sleep(min(max(_SHORTEST_WAIT, self._took), _LONGEST_WAIT))
        if not self._server.client.pulls:
            await self._push()
        elif ask_again and self._server.client.can_be_asked_to_pull:
            self._server.workspace_diagnostic_refresh(None)

    async def _push(self) -> None:
        documents = self._server.documents
        snapshot, began = documents.snapshot, time.monotonic()
        for path in sorted(documents.open_paths, key=lambda each: each != self._first):
            diagnostics = await self._server.in_background(functools.partial(self._of, snapshot, path))
            version = documents.version(path)
            told = (version, diagnostics)
            is_current = version is not None and snapshot.buffers[path].version == version
            if is_current and self._told.get(path) != told:
                self._told[path] = told
                self._publish(documents.uri(path), version, diagnostics)
        self._first = None
        self._took = time.monotonic() - began

    def _publish(self, uri: str, version: int | None, diagnostics: Sequence[types.Diagnostic]) -> None:
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, list(diagnostics), version))

    def _of(self, snapshot: Snapshot, path: Path) -> list[types.Diagnostic]:
        return _convert(self._converter(snapshot), snapshot.findings(path))

    def _converter(self, snapshot: Snapshot) -> Converter:
        return Converter(snapshot.files, self._server.documents.uri, self._server.documents.encoding)

    def report(self, snapshot: Snapshot, path: Path, known: str | None) -> types.DocumentDiagnosticReport:
        """The answer to a pull for one document."""
        diagnostics = self._of(snapshot, path)
        mark = _mark(diagnostics)
        if mark == known:
            return types.RelatedUnchangedDocumentDiagnosticReport(mark)
        return types.RelatedFullDocumentDiagnosticReport(diagnostics, result_id=mark)

    def workspace_report(self, snapshot: Snapshot, known: dict[str, str]) -> types.WorkspaceDiagnosticReport:
        """The answer to a pull for the workspace: every document of ours, and every file with a finding.

        Args:
            snapshot: what is checked.
            known: the mark of what the editor has, by URI.
        """
        converter = self._converter(snapshot)
        items: list[types.WorkspaceDocumentDiagnosticReport] = []
        for path, findings in snapshot.all_findings().items():
            uri, diagnostics = converter.uri_of(path), _convert(converter, findings)
            buffer = snapshot.buffers.get(path)
            version, mark = buffer.version if buffer is not None else None, _mark(diagnostics)
            if known.get(uri) == mark:
                items.append(types.WorkspaceUnchangedDocumentDiagnosticReport(uri, mark, version))
            else:
                items.append(types.WorkspaceFullDocumentDiagnosticReport(uri, diagnostics, version, result_id=mark))
        return types.WorkspaceDiagnosticReport(items)


def _convert(converter: Converter, findings: Sequence[Finding]) -> list[types.Diagnostic]:
    return [converter.diagnostic(finding) for finding in findings]


def _mark(diagnostics: Sequence[types.Diagnostic]) -> str:
    """A mark that two equal lists share."""
    return hashlib.blake2b(repr(diagnostics).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
