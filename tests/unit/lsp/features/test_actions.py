"""What can be done about findings, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.spec.positions import LineTable, Span
from lsp.features.actions import Action, fix_all, quick_fixes
from lsp.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from lsp.open_document import OpenDocument


def _open(path: Path, text: str) -> tuple[Workspace, OpenDocument]:
    workspace = Workspace()
    workspace.open(path.as_uri(), text, 1, "yaml")
    document = workspace.snapshot.document(path)
    assert document is not None
    return workspace, document


def _actions(path: Path, text: str, at: str) -> list[Action]:
    workspace, document = _open(path, text)
    start = text.index(at)
    return quick_fixes(document, workspace.snapshot.findings(path), Span(start, start + len(at)))


def _applied(text: str, action: Action) -> str:
    table = LineTable(text)
    for edit in sorted(action.edits, key=lambda each: each.range, reverse=True):
        start, end = table.span(edit.range)
        text = text[:start] + edit.new_text + text[end:]
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("endpoint_name: shop\ninstance_type: x", "endpoint_name: shop\ninstance_type: x\nname:"),
        ("endpoint_name: shop\r\ninstance_type: x\r\n", "endpoint_name: shop\r\ninstance_type: x\r\nname:\r\n"),
        ("{endpoint_name: shop, instance_type: x}\n", "{endpoint_name: shop, instance_type: x, name:}\n"),
        (
            "endpoint_name: a\ninstance_type: x\ntags:\n  a: b\n\n\n",
            "endpoint_name: a\ninstance_type: x\ntags:\n  a: b\nname:\n\n\n",
        ),
        ("instance_type: x\nendpoint_name: |\n  a\n  b\n", "instance_type: x\nendpoint_name: |\n  a\n  b\nname:\n"),
        ("instance_type: x # b\nendpoint_name: a # c\n", "instance_type: x # b\nendpoint_name: a # c\nname:\n"),
    ],
    ids=["no line end", "CRLF", "flow", "nested", "block scalar", "comments"],
)
def test_missing_keys_go_below_the_last_one(tmp_path: Path, text: str, expected: str) -> None:
    """The keys that are missing are written in the document's style, right behind the last one."""
    titled = [each for each in _actions(tmp_path / "blue.yml", text, text) if "missing" in each.title]
    assert [_applied(text, each) for each in titled] == [expected]


def test_a_script_is_offered_only_where_it_belongs(tmp_path: Path) -> None:
    """A missing script can be made inside the code folder: not outside of it, and not when it is there."""
    text = "name: b\nendpoint_name: shop\ncode_configuration:\n  code: src\n  scoring_script: NAME\n"
    for name, is_offered in (("score.py", True), ("deep/score.py", True), ("../score.py", False), ("notes", False)):
        found = _actions(tmp_path / "blue.yml", text.replace("NAME", name), name)
        assert [each.creates for each in found if each.creates] == [tmp_path / "src" / name] * is_offered
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text("", encoding="utf-8")
    assert not any(each.creates for each in _actions(tmp_path / "blue.yml", text.replace("NAME", "score.py"), "score"))


def test_the_first_fix_of_a_finding_is_the_preferred_one(tmp_path: Path) -> None:
    """Of several mends of one finding the nearest comes first, and it alone is preferred."""
    found = [
        each for each in _actions(tmp_path / "b.yml", "endpoint_name: s\ninstanc_type: x\n", "instanc") if each.edits
    ]
    assert found[0].is_preferred
    assert "instance_type" in found[0].title
    assert not any(each.is_preferred for each in found[1:] if each.finding is found[0].finding)


def test_nothing_to_mend_is_no_action(tmp_path: Path) -> None:
    """A document without findings, and one that is not ours, has no "fix all"."""
    for text in ("services: {}\n", "name: shop\nauth_mode: key\n"):
        workspace, document = _open(tmp_path / "x.yml", text)
        assert fix_all(document, workspace.snapshot.findings(document.path)) is None
