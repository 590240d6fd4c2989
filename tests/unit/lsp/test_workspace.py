"""The open documents: what the editor says goes before the disk, and a snapshot stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from devkit.spec.kinds import Kind
from devkit.spec.positions import Encoding
from lsp.places import path_of, uri_of
from lsp.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from lsp.open_document import OpenDocument

DEPLOYMENT = "name: blue\nendpoint_name: shop\ninstance_type: Standard_DS3_v2\n"


@pytest.fixture
def workspace() -> Workspace:
    """A workspace whose editor watches files."""
    workspace = Workspace()
    workspace.is_told_of_files = True
    return workspace


def _replace(start: tuple[int, int], end: tuple[int, int], text: str) -> types.TextDocumentContentChangePartial:
    range_ = types.Range(types.Position(*start), types.Position(*end))
    return types.TextDocumentContentChangePartial(range=range_, text=text)


def _document(workspace: Workspace, path: Path) -> OpenDocument:
    document = workspace.snapshot.document(path)
    assert document is not None
    return document


def _text(workspace: Workspace, path: Path) -> str:
    return _document(workspace, path).document.text


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0c", "\x0b"])
def test_only_line_ends_of_the_protocol_end_a_line(workspace: Workspace, tmp_path: Path, odd: str) -> None:
    """A character that Python takes for a line end moves no later line."""
    path = tmp_path / "a.yml"
    workspace.open(path.as_uri(), f"a: {odd}x\r\nb: 1\rc: 2\n", 1)
    workspace.change(path.as_uri(), 2, [_replace((2, 3), (2, 4), "3")])
    assert _text(workspace, path) == f"a: {odd}x\r\nb: 1\rc: 3\n"


@pytest.mark.parametrize(("encoding", "column"), [(Encoding.UTF8, 7), (Encoding.UTF16, 5), (Encoding.UTF32, 4)])
def test_columns_count_what_was_agreed(workspace: Workspace, tmp_path: Path, encoding: Encoding, column: int) -> None:
    """A change behind an emoji lands behind it in each encoding."""
    path = tmp_path / "a.yml"
    workspace.encoding = encoding
    workspace.open(path.as_uri(), "a: 🚀\n", 1)
    workspace.change(path.as_uri(), 2, [_replace((0, column), (0, column), "!")])
    assert _text(workspace, path) == "a: 🚀!\n"


def test_changes_follow_one_another(workspace: Workspace, tmp_path: Path) -> None:
    """Each change of a notification sees the text that the one before it left; a whole text replaces all."""
    path = tmp_path / "a.yml"
    workspace.open(path.as_uri(), "", 1)
    whole = types.TextDocumentContentChangeWholeDocument(text="x\ny\n")
    workspace.change(path.as_uri(), 2, [_replace((0, 0), (9, 9), "no"), whole, _replace((1, 1), (1, 0), "z")])
    assert _text(workspace, path) == "x\nz\n"
    assert workspace.version(path) == 2


def test_a_change_to_what_is_not_open_is_ignored(workspace: Workspace, tmp_path: Path) -> None:
    """An editor that is out of step breaks nothing."""
    workspace.change((tmp_path / "a.yml").as_uri(), 2, [_replace((0, 0), (0, 0), "x")])
    assert workspace.open_paths == []


def test_the_buffer_goes_before_the_disk_until_it_is_closed(workspace: Workspace, tmp_path: Path) -> None:
    """An open document is what the editor shows; closed it is what was saved, and nothing when the file is gone."""
    path = tmp_path / "a.yml"
    path.write_text("saved", encoding="utf-8")
    workspace.open(path.as_uri(), "typed", 1)
    assert _text(workspace, path) == "typed"
    workspace.close(path.as_uri())
    assert _text(workspace, path) == "saved"
    path.unlink()
    workspace.forget_disk()
    assert workspace.snapshot.document(path) is None


def test_a_snapshot_stays_as_it_was(workspace: Workspace, tmp_path: Path) -> None:
    """What a request began with does not change under it."""
    path = tmp_path / "blue.yml"
    workspace.open(path.as_uri(), DEPLOYMENT, 1)
    before = workspace.snapshot
    workspace.change(path.as_uri(), 2, [types.TextDocumentContentChangeWholeDocument(text="")])
    old, new = before.document(path), workspace.snapshot.document(path)
    assert old is not None
    assert new is not None
    assert (old.kind, new.kind) == (Kind.MANAGED_ONLINE_DEPLOYMENT, None)


def test_the_folder_of_the_workspace_is_read_together(workspace: Workspace, tmp_path: Path) -> None:
    """A document sees those of its workspace folder, saved or not, and none of the other folders."""
    (tmp_path / "one" / "sub").mkdir(parents=True)
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "endpoint.yml").write_text("name: shop\nauth_mode: key\n", encoding="utf-8")
    (tmp_path / "two" / "endpoint.yml").write_text("name: other\nauth_mode: key\n", encoding="utf-8")
    workspace.change_folders([(tmp_path / "one").as_uri(), (tmp_path / "two").as_uri(), "vscode-vfs://a/b"])
    path = tmp_path / "one" / "sub" / "blue.yml"
    workspace.open(path.as_uri(), DEPLOYMENT, 1)
    document = _document(workspace, path)
    assert {each.text("name") for each in document.project.subjects} == {"shop", "blue"}
    assert document.subject in document.project.subjects
    workspace.change_folders([], [(tmp_path / "one").as_uri()])
    assert {each.text("name") for each in _document(workspace, path).project.subjects} == {"blue"}


def test_an_unchanged_file_is_read_as_yaml_once(workspace: Workspace, tmp_path: Path) -> None:
    """After a look at the disk anew a file of the same text is the same document, and one of another text is not."""
    path = tmp_path / "blue.yml"
    path.write_text(DEPLOYMENT, encoding="utf-8")
    first = _document(workspace, path).document
    workspace.forget_disk()
    assert _document(workspace, path).document is first
    path.write_text(DEPLOYMENT + "\n", encoding="utf-8")
    assert _document(workspace, path).document is first
    workspace.forget_disk()
    assert _document(workspace, path).document is not first


def test_a_uri_without_a_file_has_a_path_of_its_own() -> None:
    """Unsaved documents get a path that is none on the disk, with the suffix of their language."""
    yaml, python = path_of("untitled:Untitled-1", "yaml"), path_of("untitled:Untitled-1", "python")
    assert (yaml.suffix, python.suffix) == (".yml", ".py")
    assert not yaml.parent.exists()
    assert path_of("git:/a/blue.yml?HEAD", "yaml") != path_of("file:///a/blue.yml", "yaml")


def test_a_uri_may_be_spelt_in_two_ways(workspace: Workspace, tmp_path: Path) -> None:
    """Percent-encoded or not, a URI means one file, and answers use the spelling of the editor."""
    path = tmp_path / "a b.yml"
    spelt = uri_of(path).replace("%20", " ")
    workspace.open(spelt, "x", 1)
    assert workspace.path(uri_of(path)) == path
    assert workspace.uri(path) == spelt


@pytest.mark.parametrize("uri", ["file://[", "file:///" + "a" * 5_000, "file:///%00"])
def test_an_odd_uri_is_no_folder_and_harms_nothing(workspace: Workspace, uri: str) -> None:
    """What no path can be made of is a document of its own, and as a folder it is left out."""
    workspace.change_folders([uri])
    assert workspace.snapshot.roots == ()
    workspace.open(uri, DEPLOYMENT, 1, "yaml")
    assert _text(workspace, workspace.path(uri)) == DEPLOYMENT
