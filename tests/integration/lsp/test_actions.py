"""Code actions over the wire: what they offer, and that the text is right when they are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.spec.positions import Encoding, LineTable, Position, Range
from tests.support.lsp import span

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lsp import Editor


def _actions(editor: Editor, uri: str, line: int, *only: str) -> list[dict[str, Any]]:
    context = {"diagnostics": [], "only": list(only)} if only else {"diagnostics": []}
    asked = {"textDocument": {"uri": uri}, "range": span((line, 0), (line, 99)), "context": context}
    return list(editor.request("textDocument/codeAction", asked))


def _applied(text: str, action: dict[str, Any]) -> str:
    """The text after an action that changes one document."""
    (change,) = action["edit"]["documentChanges"]
    table = LineTable(text)
    edits = []
    for edit in change["edits"]:
        range_ = Range(*(Position(**edit["range"][end]) for end in ("start", "end")))
        edits.append((table.span(range_, Encoding.UTF16), edit["newText"]))
    for (start, end), new_text in sorted(edits, reverse=True):
        text = text[:start] + new_text + text[end:]
    return text


def test_a_misspelt_key_is_mended(editor: Editor, project: Path) -> None:
    """The nearest key is the preferred quick fix, and the document is clean after it."""
    good = (project / "blue.yml").read_text(encoding="utf-8")
    text = good.replace("instance_type", "instnce_type")
    editor.start(project)
    uri = editor.open(project / "blue.yml", text)
    first, *_ = _actions(editor, uri, text[: text.index("instnce")].count("\n"), "quickfix")
    assert first["isPreferred"]
    assert [each["code"] for each in first["diagnostics"]] == ["DK106"]
    assert _applied(text, first) == good


def test_all_that_is_safe_is_mended_on_save(editor: Editor, project: Path) -> None:
    """`source.fixAll` mends every safe finding in one edit, and is not offered where there is none."""
    good = (project / "blue.yml").read_text(encoding="utf-8")
    text = good.replace("instance_type", "instnce_type").replace("instance_count", "instance_cont")
    editor.start(project)
    uri = editor.open(project / "blue.yml", text)
    (action,) = _actions(editor, uri, 0, "source.fixAll")
    assert action["kind"] == "source.fixAll.devkit"
    assert _applied(text, action) == good
    editor.change(uri, 2, good)
    assert _actions(editor, uri, 0, "source.fixAll") == []


def test_a_missing_script_is_created(editor: Editor, project: Path) -> None:
    """Where the script is missing it can be made, with init() and run(), and never over a file that is there."""
    path = project / "blue.yml"
    text = path.read_text(encoding="utf-8")
    editor.start(project)
    uri = editor.open(path)
    line = text[: text.index("code_configuration")].count("\n")
    assert _actions(editor, uri, line, "quickfix") == []
    editor.change(uri, 2, text.replace("score.py", "new.py"))
    creation, filling = next(
        each["edit"]["documentChanges"] for each in _actions(editor, uri, line) if each["title"].startswith("Create")
    )
    assert (creation["kind"], creation["options"]["overwrite"]) == ("create", False)
    assert creation["uri"] == filling["textDocument"]["uri"] == (project / "src" / "new.py").as_uri()
    assert "def init()" in filling["edits"][0]["newText"]


def test_missing_keys_are_added(editor: Editor, project: Path) -> None:
    """The required keys that a document lacks are written below the ones it has."""
    text = "endpoint_name: shop\ninstance_type: Standard_DS3_v2\n"
    editor.start(project)
    uri = editor.open(project / "green.yml", text)
    action = next(each for each in _actions(editor, uri, 0) if each["title"].startswith("Add the missing"))
    applied = _applied(text, action)
    assert applied.startswith(text.rstrip())
    assert "\nname: \n" in applied + "\n" or "\nname:" in applied
