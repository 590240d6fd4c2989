"""The protocol's own rules, which editors rely on: who may ask what when, and how a session ends."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.lsp import Editor, position, span

if TYPE_CHECKING:
    from pathlib import Path

NOT_INITIALIZED, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, CANCELLED = -32002, -32600, -32601, -32602, -32800


def test_a_session_that_is_shut_down_ends_with_0(editor: Editor, project: Path) -> None:
    """`shutdown` and `exit` end the process with 0 and an empty log."""
    editor.start(project)
    assert editor.end() == 0
    assert editor.log() == ""


@pytest.mark.parametrize("starts", [False, True], ids=["before initialize", "after it"])
def test_exit_without_shutdown_ends_with_1(editor: Editor, project: Path, *, starts: bool) -> None:
    """An editor that goes away without `shutdown` leaves exit code 1, before and after `initialize`."""
    if starts:
        editor.start(project)
    editor.notify("exit")
    assert editor.wait_for_exit() == 1


def test_an_editor_that_closes_the_pipe_ends_the_server(editor: Editor, project: Path) -> None:
    """A server whose editor has crashed does not live on."""
    editor.start(project)
    assert editor.process.stdin is not None
    editor.process.stdin.close()
    assert editor.wait_for_exit() == 1


def test_an_editor_waits_for_no_command_line() -> None:
    """Started as editors start it, the server imports nothing of the other commands."""
    ask = "import sys; from devkit.cli import main; main(); sys.exit('typer' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask, "lsp", "--stdio"], input=b"", check=False, timeout=60)
    assert done.returncode == 0


def test_no_plugin_of_pydantic_is_loaded(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody has installed to watch models of their own stays out of the server."""
    plugins = tmp_path / "plugins"
    (plugins / "watcher-1.0.dist-info").mkdir(parents=True)
    (plugins / "watcher-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: watcher\nVersion: 1.0\n")
    (plugins / "watcher-1.0.dist-info" / "entry_points.txt").write_text("[pydantic]\nwatcher = watcher:plugin\n")
    (plugins / "watcher.py").write_text(f"import pathlib\npathlib.Path({str(plugins / 'loaded')!r}).touch()\n")
    monkeypatch.setenv("PYTHONPATH", str(plugins))
    editor = Editor(tmp_path)
    try:
        editor.start(project)
        assert editor.pull(editor.open(project / "blue.yml")) == []
        assert editor.end() == 0
    finally:
        editor.kill()
    assert not (plugins / "loaded").exists()


def test_requests_wait_for_initialize_and_end_with_shutdown(editor: Editor, project: Path) -> None:
    """A request before `initialize` is answered -32002, one after `shutdown`, or a second `initialize`, -32600."""
    asked = {"textDocument": {"uri": "file:///a.yml"}}
    assert editor.error("textDocument/diagnostic", asked) == NOT_INITIALIZED
    editor.start(project)
    assert editor.error("initialize", {"capabilities": {}, "processId": None, "rootUri": None}) == INVALID_REQUEST
    editor.request("shutdown")
    assert editor.error("textDocument/diagnostic", asked) == INVALID_REQUEST


def test_what_does_not_fit_is_answered_and_survived(editor: Editor, project: Path) -> None:
    """Malformed parameters are answered -32602, unknown methods -32601, and broken bodies are passed over."""
    editor.start(project)
    assert editor.error("textDocument/codeAction", {"textDocument": 3}) == INVALID_PARAMS
    assert editor.error("textDocument/diagnostic", None) == INVALID_PARAMS
    assert editor.error("devkit/nothing", {}) == METHOD_NOT_FOUND
    editor.notify("textDocument/didOpen", {"textDocument": "no"})
    answer_to_nothing = b'{"jsonrpc": "2.0", "id": 77, "result": 1}'
    for body in (b"{", b"[]", b"3", b"null", b'{"jsonrpc": "1.0"}', b"\xff", answer_to_nothing):
        editor.send_bytes(body)
    uri = editor.open(project / "blue.yml")
    assert editor.pull(uri) == []
    assert editor.end() == 0
    assert "Traceback" not in editor.log()


def test_an_editor_that_says_no_ability_is_refused(editor: Editor, project: Path) -> None:
    """A malformed `initialize` is answered -32602, and the editor may try again."""
    assert editor.error("initialize", {"capabilities": 3, "processId": None, "rootUri": None}) == INVALID_PARAMS
    assert editor.start(project)["hoverProvider"] is True


def test_an_odd_editor_is_served(editor: Editor, project: Path) -> None:
    """An ability that cannot be read costs the editor its abilities, and never the session or its columns."""
    capabilities = editor.start(project, general={"positionEncodings": ["utf-8"]}, window=3)
    assert capabilities["positionEncoding"] == "utf-8"
    uri = editor.open(project / "blue.yml", 'endpoint_name: shop\ncode_configuration: {"🚀": 1, cod: src}\n')
    assert position(1, 32) in [each["range"]["start"] for each in editor.pull(uri)]
    assert editor.end() == 0
    assert "Traceback" not in editor.log()


def test_a_cancelled_request_is_answered(editor: Editor, project: Path) -> None:
    """A request that is cancelled while a large file is read is answered -32800, and the next one as usual."""
    editor.start(project)
    lines = "".join(f"  NAME_{number}: value\n" for number in range(20_000))
    uri = editor.open(project / "blue.yml", f"endpoint_name: shop\nenvironment_variables:\n{lines}")
    number = editor.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    editor.notify("$/cancelRequest", {"id": number})
    assert editor.answer(number)["error"]["code"] == CANCELLED
    editor.change(uri, 2, "endpoint_name: shop\n")
    assert editor.pull(uri)
    assert editor.end() == 0


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 32), ("utf-16", 30), ("utf-32", 29)])
def test_columns_are_counted_as_was_agreed(editor: Editor, project: Path, encoding: str, column: int) -> None:
    """The first of the editor's encodings is taken, for ranges that come and for ranges that go."""
    capabilities = editor.start(project, general={"positionEncodings": [encoding, "utf-16"]})
    assert capabilities["positionEncoding"] == encoding
    uri = editor.open(project / "blue.yml", 'endpoint_name: shop\ncode_configuration: {"🚀": 1, cod: src}\n')
    starts = [each["range"]["start"] for each in editor.pull(uri) if "'cod'" in each["message"]]
    assert starts == [position(1, column)]
    editor.change(uri, 2, {"range": span((1, column + 3), (1, column + 3)), "text": "e"})
    assert not any("'cod'" in each["message"] for each in editor.pull(uri))


def test_an_empty_document_is_no_mistake(editor: Editor, project: Path) -> None:
    """An empty file, and a cursor far outside any file, are answered without an error."""
    editor.start(project)
    uri = editor.open(project / "new.yml", "")
    far = {"start": position(10**6, 10**6), "end": position(10**6, 10**6)}
    assert editor.pull(uri) == []
    asked = {"textDocument": {"uri": uri}, "range": far, "context": {"diagnostics": []}}
    assert editor.request("textDocument/codeAction", asked) == []
    assert editor.end() == 0
    assert editor.log() == ""
