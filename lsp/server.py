"""The language server: it wires the protocol's methods to the features, and knows nothing itself.

Requests are answered in threads of their own, on a snapshot of what was open when they came. So one that is cancelled
is answered at once, and neither a check nor the outline of a large file keeps somebody waiting who types.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.io_ import StdoutWriter
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from devkit import __version__
from devkit.spec.positions import Encoding
from lsp.answers import ANSWERS, AT_THE_CURSOR, load_answer, load_answers, load_checks
from lsp.answers.offered import Offered
from lsp.answers.question import Question
from lsp.client import Client
from lsp.convert import Converter
from lsp.diagnosing import Diagnosing
from lsp.protocol import Protocol
from lsp.stdio import read_messages
from lsp.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeVar

    from lsp.errands import Errand
    from lsp.greeting import Greeting

    T = TypeVar("T")

__all__ = ["Server", "serve"]

_OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""A check of 10,000 lines makes 150,000 objects. Python's default would collect a hundred times meanwhile, for nothing,
and whoever types would wait."""
_PAUSE = 0.5
"""Seconds after a check without a change, when what the texts before left behind is collected instead."""
_TURN = 0.0005
"""Seconds that a check goes on while an answer waits for the interpreter. An answer changes threads several times, and
by Python's default it would wait 5 ms at each."""
_DIAGNOSTICS = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True)


class Server(LanguageServer):
    """One editor's server."""

    protocol: Protocol  # pyright: ignore[reportIncompatibleVariableOverride]  it is made once, by super().__init__

    def __init__(self) -> None:
        super().__init__(
            "devkit",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            protocol_cls=Protocol,
            converter_factory=default_converter,
        )
        self.exit_code = 1
        """What the process ends with: 0 once the editor has asked for ``shutdown`` and ``exit``."""
        self.documents = Workspace()
        self.client = Client()
        self.offered = Offered()
        self.diagnosing = Diagnosing(self)
        self._typing = ThreadPoolExecutor(1, "typing")
        self._answering = ThreadPoolExecutor(1, "answers")
        self._checking = ThreadPoolExecutor(1, "checks")
        self._is_ready = False
        self._tidying: asyncio.TimerHandle | None = None
        _wire(self)

    async def in_background(self, work: Callable[[Callable[[], None]], T], errand: Errand) -> T:
        """Do work that takes long. It is given what to call between its steps, and ends there if nobody waits for it.

        Raises:
            OvertakenError: the errand was abandoned.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._checking, work, errand.checkpoint)
        finally:
            errand.abandon()  # it may have been cancelled here, and go on there
            loop.call_soon(self._after_check)

    async def answer(self, name: str, params: Any) -> Any:
        """Answer a request about a document, None when there is no such document."""
        documents = self.documents
        uri = params.text_document.uri
        snapshot, path = documents.snapshot, documents.path(uri)
        converter = Converter(snapshot.files, documents.uri, documents.encoding)

        def work() -> Any:
            document = snapshot.typed(path)
            if document is None:
                return None
            converter.know(path, document.document.lines)
            question = Question(document, snapshot, converter, self.client, self.offered)
            return load_answer(name)(question, params)

        executor = self._typing if name in AT_THE_CURSOR else self._answering
        return await asyncio.get_running_loop().run_in_executor(executor, work)

    def prepare(self) -> None:
        """Import what checks need, while the editor sends its documents. No module is ever garbage."""
        self._checking.submit(load_checks).add_done_callback(lambda _: gc.freeze())

    def _after_check(self) -> None:
        """Do what would keep somebody waiting at another time."""
        if not self._is_ready:
            self._is_ready = True
            self._do_aside(self._get_ready)
        self._cancel_tidying()
        self._tidying = asyncio.get_running_loop().call_later(_PAUSE, self._do_aside, gc.collect)

    def _do_aside(self, work: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the session has ended meanwhile
            self._checking.submit(work)

    def _cancel_tidying(self) -> None:
        if self._tidying is not None:
            self._tidying.cancel()

    def _get_ready(self) -> None:
        load_answers()
        self.protocol.prepare([types.TEXT_DOCUMENT_DID_CHANGE, types.COMPLETION_ITEM_RESOLVE, *ANSWERS])

    def changed(self, uri: str) -> None:
        """A document was opened or changed."""
        self._cancel_tidying()
        self.diagnosing.schedule(self.documents.path(uri))

    def refresh(self) -> None:
        """Something else than an open document has changed."""
        self.documents.forget_disk()
        self.diagnosing.schedule()

    def end(self) -> None:
        """Let go of what waits to be done."""
        self._cancel_tidying()
        for executor in (self._typing, self._answering, self._checking):
            executor.shutdown(wait=False, cancel_futures=True)


def serve(stdin: BinaryIO, stdout: BinaryIO, greeting: Greeting) -> int:
    """Serve one editor over stdin and stdout until it says ``exit`` or goes away; the exit code.

    Whatever else prints would break the protocol, so it goes to stderr.

    Args:
        stdin: where the editor's messages come from.
        stdout: where ours go to.
        greeting: what has passed between the two already.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    sys.setswitchinterval(_TURN)
    sys.stdout = sys.stderr
    server = Server()
    server.protocol.greeting = greeting
    server.protocol.set_writer(StdoutWriter(stdout))
    try:
        with contextlib.suppress(BrokenPipeError, KeyboardInterrupt, SystemExit):  # ways in which an editor goes away
            asyncio.run(read_messages(server.protocol, stdin, greeting.received))
    finally:
        server.end()
    return server.exit_code


def _wire(server: Server) -> None:
    feature = server.feature
    feature(types.INITIALIZE)(functools.partial(_initialize, server))
    feature(types.INITIALIZED)(functools.partial(_initialized, server))
    feature(types.TEXT_DOCUMENT_DID_SAVE)(lambda _: server.refresh())
    feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(lambda _: server.refresh())
    feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(lambda _: None)
    feature(types.TEXT_DOCUMENT_DIAGNOSTIC, _DIAGNOSTICS)(functools.partial(server.diagnosing.report))
    feature(types.WORKSPACE_DIAGNOSTIC)(functools.partial(server.diagnosing.workspace_report))
    feature(types.COMPLETION_ITEM_RESOLVE)(functools.partial(server.offered.resolve))
    for method, (name, options) in ANSWERS.items():
        feature(method, options)(_answers(server, name))


def _initialize(server: Server, params: types.InitializeParams) -> None:
    documents = server.documents
    server.client = Client.of(params)
    documents.encoding = Encoding(server.workspace.position_encoding or Encoding.UTF16)
    folders = [folder.uri for folder in params.workspace_folders or ()]
    documents.change_folders(folders or list(filter(None, [params.root_uri])))


async def _initialized(server: Server, _: types.InitializedParams) -> None:
    """Get ready, and ask to be told of changed files; where the editor will not, the disk is looked at now and then."""
    server.prepare()
    if not server.client.takes_watchers:
        return
    watchers = [types.FileSystemWatcher("**/*")]  # a model is a file of any name, and a folder of such files
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    registration = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    with contextlib.suppress(JsonRpcException):
        await server.client_register_capability_async(types.RegistrationParams([registration]))
        server.documents.is_told_of_files = True


def _answers(server: Server, name: str) -> Callable[[Any], Awaitable[Any]]:
    async def handler(params: Any) -> Any:
        return await server.answer(name, params)

    return handler
