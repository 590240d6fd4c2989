"""When diagnostics are told: pushed a moment after a change, or pulled by editors that ask for them.

What is being checked while a newer version of the text arrives is given up, so that the newer one is looked at at once.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import time
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.convert import Converter
from lsp.errands import Errand, OvertakenError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import TypeVar

    from devkit.spec.findings import Finding
    from lsp.server import Server
    from lsp.snapshot import Snapshot

    Checkpoint = Callable[[], None]
    T = TypeVar("T")

__all__ = ["Diagnosing"]

_SHORTEST_WAIT, _LONGEST_WAIT = 0.03, 0.3
"""Seconds between a change and the check. A burst of keys is checked once; the wait grows with what a check takes."""

_SERVER_CANCELLED = types.LSPErrorCodes.ServerCancelled.value

_Told = tuple["int | None", list[types.Diagnostic]]


class Diagnosing:
    """Checks the open documents after changes. An editor that pulls is told to ask again, and nothing is pushed."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._waiting: asyncio.Task[None] | None = None
        self._first: Path | None = None
        self._took = 0.0
        self._told: dict[Path, _Told] = {}
        self._running: dict[Errand, Path | None] = {}

    def schedule(self, first: Path | None = None) -> None:
        """Check soon, and `first` before the others; what is being checked or waited for begins anew.

        Args:
            first: the document that was changed; None when something else was.
        """
        self._first = first or self._first
        if self._waiting is not None:
            self._waiting.cancel()
        if first is not None:
            self._overtake(first)
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
        snapshot, took = documents.snapshot, 0.0
        for path in sorted(documents.open_paths, key=lambda each: each != self._first):
            diagnostics, seconds = await self._run(None, functools.partial(self._timed, snapshot, path))
            took += seconds
            version = documents.version(path)
            told = (version, diagnostics)
            is_current = version is not None and snapshot.buffers[path].version == version
            if is_current and self._told.get(path) != told:
                self._told[path] = told
                self._publish(documents.uri(path), version, diagnostics)
        self._first = None
        self._took = took

    def _publish(self, uri: str, version: int | None, diagnostics: Sequence[types.Diagnostic]) -> None:
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, list(diagnostics), version))

    def _timed(self, snapshot: Snapshot, path: Path, checkpoint: Checkpoint) -> tuple[list[types.Diagnostic], float]:
        """The diagnostics, and the seconds of processor time that they took: other work is no reason to wait longer."""
        began = time.thread_time()
        return self._of(snapshot, path, checkpoint), time.thread_time() - began

    def _of(self, snapshot: Snapshot, path: Path, checkpoint: Checkpoint) -> list[types.Diagnostic]:
        return _convert(self._converter(snapshot), snapshot.findings(path, checkpoint))

    def _converter(self, snapshot: Snapshot) -> Converter:
        return Converter(snapshot.files, self._server.documents.uri, self._server.documents.encoding)

    async def report(self, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        """The answer to a pull for one document."""
        documents = self._server.documents
        path, snapshot = documents.path(params.text_document.uri), documents.snapshot

        def work(checkpoint: Checkpoint) -> types.DocumentDiagnosticReport:
            diagnostics = self._of(snapshot, path, checkpoint)
            mark = _mark(diagnostics)
            if mark == params.previous_result_id:
                return types.RelatedUnchangedDocumentDiagnosticReport(mark)
            return types.RelatedFullDocumentDiagnosticReport(diagnostics, result_id=mark)

        return await self._pull(path, work)

    async def workspace_report(self, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        """The answer to a pull for the workspace: every document of ours, and every file with a finding."""
        known = {each.uri: each.value for each in params.previous_result_ids}
        return await self._pull(None, functools.partial(self._of_all, self._server.documents.snapshot, known))

    def _of_all(
        self, snapshot: Snapshot, known: dict[str, str], checkpoint: Checkpoint
    ) -> types.WorkspaceDiagnosticReport:
        """What is told of the workspace, without what the editor has: `known` are the marks of that, by URI."""
        converter = self._converter(snapshot)
        items: list[types.WorkspaceDocumentDiagnosticReport] = []
        for path, findings in snapshot.all_findings(checkpoint).items():
            uri, diagnostics = converter.uri_of(path), _convert(converter, findings)
            buffer = snapshot.buffers.get(path)
            version, mark = buffer.version if buffer is not None else None, _mark(diagnostics)
            if known.get(uri) == mark:
                items.append(types.WorkspaceUnchangedDocumentDiagnosticReport(uri, mark, version))
            else:
                items.append(types.WorkspaceFullDocumentDiagnosticReport(uri, diagnostics, version, result_id=mark))
        return types.WorkspaceDiagnosticReport(items)

    async def _pull(self, path: Path | None, work: Callable[[Checkpoint], T]) -> T:
        """Answer a pull about a document, or about all of them, unless a newer text makes the answer one of the past.

        Raises:
            JsonRpcException: the editor is to ask again, as the protocol has it for this (LSP 3.17, "DiagnosticServer-
                CancellationData").
        """
        try:
            return await self._run(path, work)
        except OvertakenError:
            again = types.DiagnosticServerCancellationData(retrigger_request=True)
            raise JsonRpcException("the text has changed meanwhile", _SERVER_CANCELLED, again) from None

    async def _run(self, path: Path | None, work: Callable[[Checkpoint], T]) -> T:
        errand = Errand()
        self._running[errand] = path
        try:
            return await self._server.in_background(work, errand)
        finally:
            del self._running[errand]

    def _overtake(self, path: Path) -> None:
        """Give up what a change of this document makes obsolete: checks of it, and of all documents."""
        for errand, about in self._running.items():
            if about in {path, None}:
                errand.abandon()


def _convert(converter: Converter, findings: Sequence[Finding]) -> list[types.Diagnostic]:
    return [converter.diagnostic(finding) for finding in findings]


def _mark(diagnostics: Sequence[types.Diagnostic]) -> str:
    """A mark that two equal lists share."""
    return hashlib.blake2b(repr(diagnostics).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
