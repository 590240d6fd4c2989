"""Diagnostics as an editor sees them: pushed and pulled, and fresh whatever file it was that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.lsp import codes, span

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lsp import Editor

PULLS = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}
CREATED, CHANGED, DELETED = 1, 2, 3


def test_a_change_is_answered_with_its_version(editor: Editor, project: Path) -> None:
    """Diagnostics are pushed with the version they are about, a code, a link that opens, and what to do."""
    editor.start(project)
    uri = editor.open(project / "blue.yml")
    assert editor.published(uri, 1) == []
    editor.change(uri, 2, {"range": span((0, 0), (0, 0)), "text": "instance_counts: 2\n"})
    (found,) = editor.published(uri, 2)
    assert (found["code"], found["severity"], found["source"]) == ("DK106", 1, "devkit")
    assert found["range"] == span((0, 0), (0, 15))
    assert "instance_count" in found["message"]
    assert found["codeDescription"]["href"].startswith("file://")
    assert editor.end() == 0
    assert editor.log() == ""


def test_a_finding_leads_to_the_other_file_and_is_drawn_by_its_tag(editor: Editor, project: Path) -> None:
    """What two files cause names the place in the other one; what is useless or deprecated is told as such."""
    editor.start(project)
    text = (project / "blue.yml").read_text(encoding="utf-8")
    more = "provisioning_state: Succeeded\nrequest_settings: {max_queue_wait_ms: 100}\n"
    found = {each["code"]: each for each in editor.pull(editor.open(project / "twin.yml", text + more))}
    (place,) = found["DK804"]["relatedInformation"]
    assert place["location"] == {"uri": (project / "blue.yml").as_uri(), "range": span((0, 6), (0, 10))}
    unnecessary, deprecated = 1, 2
    assert (found["DK705"]["tags"], found["DK704"]["tags"]) == ([unnecessary], [deprecated])
    assert "tags" not in found["DK804"]


def test_a_burst_of_changes_is_checked_once(editor: Editor, project: Path) -> None:
    """Changes that follow one another at once are answered with the last version alone."""
    editor.start(project)
    uri = editor.open(project / "blue.yml")
    editor.published(uri, 1)
    for version in range(2, 42):
        editor.change(uri, version, {"range": span((0, 0), (0, 0)), "text": "x"})
    assert editor.published(uri, 41)
    versions = [each["params"]["version"] for each in editor.notifications if "diagnostics" in each["params"]]
    assert len(versions) < 20


def test_closing_and_opening_again_with_the_same_version(editor: Editor, project: Path) -> None:
    """A closed document's diagnostics are taken back; opened anew with other text it is checked anew."""
    editor.start(project)
    uri = editor.open(project / "blue.yml", "endpoint_name: 3\n")
    assert editor.published(uri, 1)
    editor.close(uri)
    assert editor.published(uri, None) == []
    editor.notifications.clear()
    editor.open(project / "blue.yml")
    assert editor.published(uri, 1) == []


def test_a_file_of_another_tool_gets_nothing(editor: Editor, project: Path) -> None:
    """A compose file, a Python file of nobody's and a broken YAML of unknown kind have no diagnostics at all."""
    editor.start(project)
    texts = {"compose.yml": "services:\n  web: {image: x, oops: 1}\n", "tool.py": "def run(:", "x.yml": "a: [\n b: {"}
    for name, text in texts.items():
        assert editor.pull(editor.open(project / name, text)) == []


def test_a_document_without_a_file(editor: Editor) -> None:
    """An unsaved document is checked by its content, without any folder around it."""
    editor.start()
    uri = editor.open("untitled:Untitled-1", "endpoint_name: shop\ninstance_typ: Standard_DS3_v2\n")
    assert "DK106" in codes(editor.published(uri, 1))
    assert editor.end() == 0
    assert editor.log() == ""


def test_the_script_is_checked_as_its_deployment_sees_it(editor: Editor, project: Path) -> None:
    """An unsaved score.py without run() has its finding in the script, and loses it when run() is there again."""
    editor.start(project)
    uri = editor.open(project / "src" / "score.py", "def init():\n    pass\n", language="python")
    assert "DK403" in codes(editor.published(uri, 1))
    editor.change(uri, 2, (project / "src" / "score.py").read_text(encoding="utf-8"))
    assert editor.published(uri, 2) == []


def test_other_buffers_count_before_they_are_saved(editor: Editor, project: Path) -> None:
    """A deployment's diagnostics follow its endpoint file while that is typed: a new name is an endpoint unknown."""
    editor.start(project)
    deployment, endpoint = editor.open(project / "blue.yml"), editor.open(project / "endpoint.yml")
    assert editor.published(deployment, 1) == []
    editor.change(endpoint, 2, "name: another\nauth_mode: key\n")
    editor.published(endpoint, 2)
    editor.wait(lambda: bool(editor.published(deployment, 1)), "a finding in the deployment")


def test_files_that_come_and_go(editor: Editor, project: Path) -> None:
    """A script, model or conda file that goes is noticed by the watch the server asked for, and so is its return."""
    watching = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
    editor.start(project, workspace=watching)
    uri = editor.open(project / "blue.yml")
    assert editor.published(uri, 1) == []
    assert [each["method"] for each in editor.requests] == ["client/registerCapability"]
    for name, code in (("src/score.py", "DK401"), ("conda.yml", "DK301"), ("model", "DK301")):
        path, elsewhere = project / name, project.parent / "elsewhere"
        path.rename(elsewhere)
        editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": DELETED}]})
        editor.wait(lambda code=code: code in codes(editor.published(uri, 1)), code)
        elsewhere.rename(path)
        editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": CREATED}]})
        editor.wait(lambda: editor.published(uri, 1) == [], f"no finding once {name} is there again")


def test_a_document_whose_file_vanishes(editor: Editor, project: Path) -> None:
    """A folder that is removed under an open document breaks nothing; closed, the document is no more."""
    editor.start(project)
    uri = editor.open(project / "blue.yml")
    for path in sorted(project.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    assert "DK301" in codes(editor.pull(uri))
    editor.close(uri)
    assert editor.pull(uri) == []
    assert editor.end() == 0
    assert editor.log() == ""


def test_an_editor_that_pulls_is_not_pushed_to(editor: Editor, project: Path) -> None:
    """Diagnostics come once: asked for, unchanged ones as such, and the editor is told when to ask again."""
    editor.start(project, **PULLS)
    path = project / "blue.yml"
    uri = editor.open(path, path.read_text(encoding="utf-8").replace("score.py", "scor.py"))
    asked = {"textDocument": {"uri": uri}}
    first = editor.request("textDocument/diagnostic", asked)
    assert (first["kind"], codes(first["items"])) == ("full", ["DK401"])
    again = editor.request("textDocument/diagnostic", {**asked, "previousResultId": first["resultId"]})
    assert again == {"kind": "unchanged", "resultId": first["resultId"]}
    editor.notify("textDocument/didSave", asked)
    refresh = "workspace/diagnostic/refresh"
    editor.wait(lambda: any(each["method"] == refresh for each in editor.requests), refresh)
    assert not [each for each in editor.notifications if each["method"] == "textDocument/publishDiagnostics"]


def test_the_whole_workspace(editor: Editor, project: Path, tmp_path: Path) -> None:
    """Findings of files that are not open are told too, of every folder of the workspace, and unchanged ones once."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "bad.yml").write_text("endpoint_name: shop\ninstance_typ: x\n", encoding="utf-8")
    (project / "src" / "score.py").write_text("def init():\n    pass\n", encoding="utf-8")
    editor.start(project, **PULLS)
    added = {"added": [{"uri": other.as_uri(), "name": "other"}], "removed": []}
    editor.notify("workspace/didChangeWorkspaceFolders", {"event": added})
    report = editor.request("workspace/diagnostic", {"previousResultIds": []})["items"]
    found = {each["uri"]: codes(each["items"]) for each in report}
    assert "DK106" in found[(other / "bad.yml").as_uri()]
    assert found[(project / "src" / "score.py").as_uri()] == ["DK403"]
    assert found[(project / "blue.yml").as_uri()] == []
    known = [{"uri": each["uri"], "value": each["resultId"]} for each in report]
    again = editor.request("workspace/diagnostic", {"previousResultIds": known})["items"]
    assert {each["kind"] for each in again} == {"unchanged"}


def test_a_document_typed_in_over_the_wire(editor: Editor, project: Path) -> None:
    """Typed in character by character with the list open, a document ends as if it had been opened so."""
    text = (project / "blue.yml").read_text(encoding="utf-8").replace("instance_type", "instnce_type")
    editor.start(project)
    uri = editor.open(project / "typed.yml", "")
    line = column = 0
    for version, character in enumerate(text, start=2):
        editor.change(uri, version, {"range": span((line, column), (line, column)), "text": character})
        line, column = (line + 1, 0) if character == "\n" else (line, column + 1)
        if version % 20 == 0:
            place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
            editor.request("textDocument/completion", place)
    typed = editor.pull(uri)
    editor.close(uri)
    editor.open(project / "typed.yml", text)
    assert typed == editor.pull(uri)
    assert "DK106" in codes(typed)
    assert editor.end() == 0
    assert editor.log() == ""


def test_a_name_that_azure_does_not_take(editor: Editor, project: Path) -> None:
    """A rename to such a name is refused with the reason, in the answer and without a traceback."""
    editor.start(project)
    uri = editor.open(project / "endpoint.yml")
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 7}}
    error = editor.answer(editor.ask("textDocument/rename", {**place, "newName": "3 x"}))["error"]
    assert "no name for Azure" in error["message"]
    assert editor.end() == 0
    assert "Traceback" not in editor.log()
