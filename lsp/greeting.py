"""The answer to ``initialize``, before the protocol's library is imported.

An editor sends no document until it has this answer, and the import of pygls alone takes ten times as long as the
answer. What the server can do is known beforehand, so it is told at once. The message itself goes on to the protocol,
which does everything with it but answer again; the editor's next messages wait in the pipe meanwhile.

A first message that is anything but a plain ``initialize`` is left to the protocol: it knows how to refuse.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devkit import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

__all__ = ["Greeting", "answer", "greet", "read_some", "unbuffered"]

_AT_ONCE: Final = 2**16
_LENGTH: Final = re.compile(rb"^Content-Length: (\d+)$", re.MULTILINE)
_ENCODINGS: Final = ("utf-8", "utf-16", "utf-32")
_CAPABILITIES: Final[dict[str, Any]] = {
    "textDocumentSync": {"openClose": True, "change": 2, "save": True},
    "completionProvider": {"triggerCharacters": [":", " ", "/", "$"], "resolveProvider": True},
    "hoverProvider": True,
    "definitionProvider": True,
    "referencesProvider": True,
    "documentSymbolProvider": True,
    "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll"]},
    "codeLensProvider": {"resolveProvider": False},
    "documentLinkProvider": {"resolveProvider": False},
    "foldingRangeProvider": True,
    "selectionRangeProvider": True,
    "executeCommandProvider": {"commands": []},
    "inlayHintProvider": {"resolveProvider": False},
    "diagnosticProvider": {"interFileDependencies": True, "workspaceDiagnostics": True},
    "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}, "fileOperations": {}},
}
"""What pygls makes of the features that `lsp.server` registers; a test holds the two together."""


class Greeting(NamedTuple):
    """What has passed between editor and server before the protocol was there. Importing dataclasses takes a while."""

    received: bytes = b""
    """Everything that the editor has sent."""
    answered: int | str | None = None
    """The id of the ``initialize`` that is answered; None when nothing is."""
    understood: dict[str, Any] | None = None
    """The message as far as it was looked at, for a protocol that cannot read the rest of it."""


def greet(stdin: BinaryIO, stdout: BinaryIO) -> Greeting:
    """Wait for the editor's first message, and answer it when it is a plain ``initialize``."""
    received, body = _first_message(unbuffered(stdin))
    try:
        understood = _understand(json.loads(body))
    except (ValueError, RecursionError):  # no message, or none of text: the protocol's to tell
        understood = None
    if understood is None:
        return Greeting(received)
    data = json.dumps({"id": understood["id"], "jsonrpc": "2.0", "result": answer(understood["params"])}).encode()
    with contextlib.suppress(OSError):  # the editor is gone, as will be seen where the next message is read
        stdout.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        stdout.flush()
    return Greeting(received, understood["id"], understood)


def answer(params: dict[str, Any]) -> dict[str, Any]:
    """The result of ``initialize``: what the server can do, in the encoding that this editor likes best."""
    wanted = _get(params, "capabilities", "general", "positionEncodings") or ()
    encoding = next((each for each in wanted if each in _ENCODINGS), "utf-16")
    prepares = _get(params, "capabilities", "textDocument", "rename", "prepareSupport") is True
    return {
        "capabilities": {
            "positionEncoding": encoding,
            **_CAPABILITIES,
            "renameProvider": {"prepareProvider": True} if prepares else True,
        },
        "serverInfo": {"name": "devkit", "version": __version__},
    }


def unbuffered(stdin: BinaryIO) -> BinaryIO:
    """What is beneath a buffer: it gives what there is, and Python can end while a thread waits for it."""
    return getattr(stdin, "raw", stdin)


def read_some(stdin: BinaryIO) -> bytes:
    """What an unbuffered stream gives next; nothing at its end, also when it is closed under our hands."""
    try:
        return stdin.read(_AT_ONCE)
    except (OSError, ValueError):
        return b""


def _first_message(stdin: BinaryIO) -> tuple[bytes, bytes]:
    """All that was read, and the body of the first message; no body where no message begins."""
    received = b""
    while True:
        header, end, rest = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(header.replace(b"\r\n", b"\n")) if end else None
        if length is not None and len(rest) >= int(length[1]):
            return received, rest[: int(length[1])]
        data = b"" if end and length is None else read_some(stdin)
        if not data:
            return received, b""
        received += data


def _understand(message: Any) -> dict[str, Any] | None:
    """An ``initialize`` with nothing in it but what was looked at; None when it is none, or odd in that already."""
    if not isinstance(message, dict) or message.keys() != {"jsonrpc", "id", "method", "params"}:
        return None
    capabilities = _get(message["params"], "capabilities")
    encodings = _get(capabilities, "general", "positionEncodings")
    root, folders = _get(message["params"], "rootUri"), _get(message["params"], "workspaceFolders")
    if (message["jsonrpc"], message["method"]) != ("2.0", "initialize") or not (
        isinstance(message["id"], int | str)
        and isinstance(capabilities, dict)
        and _is_none_or_list(encodings, lambda each: isinstance(each, str))
        and (root is None or _is_uri(root))
        and _is_none_or_list(folders, _is_folder)
    ):
        return None
    rename = {"prepareSupport": _get(capabilities, "textDocument", "rename", "prepareSupport") is True}
    known = {"general": {"positionEncodings": encodings}, "textDocument": {"rename": rename}}
    params = {"processId": None, "rootUri": root, "workspaceFolders": folders, "capabilities": known}
    return {**message, "params": params}


def _get(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _is_none_or_list(value: Any, fits: Callable[[Any], bool]) -> bool:
    return value is None or (isinstance(value, list) and all(map(fits, value)))


def _is_folder(value: Any) -> bool:
    return _is_uri(_get(value, "uri")) and isinstance(_get(value, "name"), str)


def _is_uri(value: Any) -> bool:
    """Whether nothing can be wrong with a URI. Brackets, and what should have been percent-encoded, can be."""
    return isinstance(value, str) and value.isascii() and not {"[", "]"} & set(value)
