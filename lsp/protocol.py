"""The Language Server Protocol's rules that pygls 2.1 leaves out, and documents that are kept in our own workspace.

A request with parameters that do not fit is answered -32602 (pygls logs it and never answers), one before
``initialize`` -32002, one after ``shutdown`` -32600, and ``exit`` without ``shutdown`` ends with exit code 1 (LSP 3.17,
"Lifecycle Messages"; pygls 2.1.1 read on 2026-11-21).
"""

# pygls declares its handlers as generators, to chain them with a user's; what stands here replaces them altogether.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method

from lsp.greeting import Greeting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsp.server import Server

__all__ = ["Protocol"]

_NOT_INITIALIZED = types.ErrorCodes.ServerNotInitialized.value
_INVALID_REQUEST = types.ErrorCodes.InvalidRequest.value

logger = logging.getLogger(__name__)


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """What is told to the editor needs no page of exception groups in the log; what is of the past, not even a line."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if isinstance(error, JsonRpcException) and error.code == types.LSPErrorCodes.ServerCancelled:
        return False
    # ValueError: no JSON, or no UTF-8. The other is an answer of ours, such as to a name that Azure does not take.
    if isinstance(error, ValueError | JsonRpcInvalidParams):
        record.exc_info = None
    return "deserialize" not in record.getMessage()


for _name in ("pygls.protocol.json_rpc", "pygls.io_"):
    logging.getLogger(_name).addFilter(_is_worth_a_line)


@dataclass(frozen=True)
class _Malformed:
    """A message whose parameters do not fit its method."""

    id: str | int | None
    error: types.ResponseError


class Protocol(LanguageServerProtocol):
    """What stands between the wire and the handlers."""

    greeting = Greeting()
    """What was answered before this was here."""
    _initialized = False

    @property
    def _ours(self) -> Server:
        return cast("Server", self._server)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Turn one JSON object into a message; it is called for nested objects too, which stay as they are."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" not in data:  # an answer of the client's that does not fit: nobody can be told
                logger.warning("an answer of the client is not readable: %s", error)
                return _Malformed(None, error.to_response_error())
            if self._is_greeted(data):
                logger.warning("the editor's description of itself is not readable: it is taken for a plain editor")
                return super().structure_message(self.greeting.understood or {})
            logger.warning("the parameters of %r do not fit it", data["method"])
            refused = JsonRpcInvalidParams(message=f"the parameters of {data['method']!r} do not fit it")
            return _Malformed(data.get("id"), refused.to_response_error())

    def prepare(self, methods: Iterable[str]) -> None:
        """Make what reads these messages and writes their answers; else each first one would wait for it."""
        for method in methods:
            message, response, *_ = types.METHOD_TO_TYPES[method]
            self._converter.get_structure_hook(message)
            if response is not None:
                self._converter.get_unstructure_hook(response)

    def handle_message(self, message: Any) -> None:
        """Hand a message on, unless the protocol has an answer to it already."""
        if isinstance(message, _Malformed):
            if message.id is not None:
                self._send_response(message.id, error=message.error)
            return
        if not hasattr(message, "jsonrpc"):
            logger.warning("ignored what is no JSON-RPC message")
            return
        refusal = self._refusal(getattr(message, "method", None))
        if refusal is None:
            super().handle_message(message)
        elif getattr(message, "id", None) is not None:
            self._send_response(message.id, error=refusal)

    def _is_greeted(self, data: dict[str, Any]) -> bool:
        return data["method"] == types.INITIALIZE and not self._initialized and self.greeting.understood is not None

    def _send_response(
        self, msg_id: str | int, result: Any | None = None, error: types.ResponseError | None = None
    ) -> None:
        """Send an answer, but none to what is answered already."""
        if msg_id != self.greeting.answered:
            super()._send_response(msg_id, result, error)
            return
        self.greeting = Greeting()  # an editor may use the number again
        if error is not None:
            logger.error("%s", error.message)

    def _refusal(self, method: str | None) -> types.ResponseError | None:
        """Why a message of the client's is not for now. Answers, and ``exit``, always are."""
        if method in {None, types.EXIT}:
            return None
        if self._shutdown:
            return types.ResponseError(_INVALID_REQUEST, "the server is shutting down")
        if method == types.INITIALIZE:
            if self._initialized:
                return types.ResponseError(_INVALID_REQUEST, "the server is initialized already")
            self._initialized = True
            return None
        if not self._initialized:
            return types.ResponseError(_NOT_INITIALIZED, "the server is not initialized yet")
        return None

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> NoReturn:
        """End the process; pygls swallows the exit code, so the server keeps it."""
        self._ours.exit_code = 0 if self._shutdown else 1
        raise SystemExit(self._ours.exit_code)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take over a document's text."""
        item = params.text_document
        self._ours.documents.open(item.uri, item.text, item.version, item.language_id)
        self._ours.changed(item.uri)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply the changes to an open document."""
        document = params.text_document
        self._ours.documents.change(document.uri, document.version, params.content_changes)
        self._ours.changed(document.uri)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Give a document back to the disk."""
        path = self._ours.documents.close(params.text_document.uri)
        self._ours.diagnosing.forget(path, params.text_document.uri)
        self._ours.diagnosing.schedule()

    @lsp_method(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        """Take folders in and out."""
        event = params.event
        self._ours.documents.change_folders([each.uri for each in event.added], [each.uri for each in event.removed])
        self._ours.refresh()
