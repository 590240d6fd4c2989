"""Each feature once, over stdio, through pytest-lsp's client with the capabilities of VS Code 1.65."""

from __future__ import annotations

from collections.abc import AsyncIterator  # noqa: TC003  pytest-lsp reads the fixture's annotations
from pathlib import Path  # noqa: TC003  as above

import pytest
import pytest_lsp
from lsprotocol import types

from tests.support.lsp import COMMAND

pytestmark = pytest.mark.asyncio
SIZE_LINE = 7


@pytest_lsp.fixture(config=pytest_lsp.ClientServerConfig(server_command=COMMAND))
async def client(lsp_client: pytest_lsp.LanguageClient, project: Path) -> AsyncIterator[None]:
    """A session in the project's folder."""
    lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)
    capabilities = pytest_lsp.client_capabilities("visual-studio-code")
    folder = types.WorkspaceFolder(project.as_uri(), "project")
    await lsp_client.initialize_session(types.InitializeParams(capabilities, workspace_folders=[folder]))
    yield
    await lsp_client.shutdown_session()


def _open(client: pytest_lsp.LanguageClient, path: Path, language: str = "yaml") -> types.TextDocumentIdentifier:
    text = path.read_text(encoding="utf-8")
    item = types.TextDocumentItem(path.as_uri(), language, 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    return types.TextDocumentIdentifier(path.as_uri())


def _place(path: Path, text: str) -> types.Position:
    """The position one character into a piece of a file."""
    line, content = next(
        (number, each) for number, each in enumerate(path.read_text(encoding="utf-8").split("\n")) if text in each
    )
    return types.Position(line, content.index(text) + 1)


async def test_completion_and_its_documentation(client: pytest_lsp.LanguageClient, project: Path) -> None:
    """Sizes are offered with what they have, keys with documentation when it is asked for."""
    path = project / "blue.yml"
    document = _open(client, path)
    place = types.Position(SIZE_LINE, len("instance_type: Standard_"))
    sizes = await client.text_document_completion_async(types.CompletionParams(document, place))
    assert isinstance(sizes, types.CompletionList)
    item = next(each for each in sizes.items if each.label == "Standard_DS3_v2")
    assert "4 vCPU · 14 GiB" in (item.detail or "")
    keys = await client.text_document_completion_async(types.CompletionParams(document, types.Position(9, 0)))
    assert isinstance(keys, types.CompletionList)
    assert {"name", "instance_type"}.isdisjoint(each.label for each in keys.items)
    first = next(each for each in keys.items if each.label == "request_settings")
    resolved = await client.completion_item_resolve_async(first)
    assert isinstance(resolved.documentation, types.MarkupContent)


async def test_hover(client: pytest_lsp.LanguageClient, project: Path) -> None:
    """A key under the pointer is explained."""
    path = project / "blue.yml"
    hover = await client.text_document_hover_async(
        types.HoverParams(_open(client, path), _place(path, "instance_count"))
    )
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    assert "Documentation" in hover.contents.value


async def test_from_the_script_s_name_to_run(client: pytest_lsp.LanguageClient, project: Path) -> None:
    """The definition of `scoring_script` is run() in the script."""
    path = project / "blue.yml"
    params = types.DefinitionParams(_open(client, path), _place(path, "score.py"))
    (found,) = await client.text_document_definition_async(params)  # type: ignore[misc]
    assert found.uri == (project / "src" / "score.py").as_uri()
    assert found.range.start.line == 4


async def test_names_across_files(client: pytest_lsp.LanguageClient, project: Path) -> None:
    """References of an endpoint's name are in both files, and renaming it changes both."""
    path = project / "endpoint.yml"
    document, place = _open(client, path), _place(path, "shop")
    context = types.ReferenceContext(include_declaration=True)
    found = await client.text_document_references_async(types.ReferenceParams(context, document, place))
    assert {each.uri for each in found or ()} == {path.as_uri(), (project / "blue.yml").as_uri()}
    edit = await client.text_document_rename_async(
        types.RenameParams(text_document=document, position=place, new_name="store")
    )
    assert edit is not None
    assert len(edit.document_changes or ()) == 2


async def test_the_overview_of_a_document(client: pytest_lsp.LanguageClient, project: Path) -> None:
    """Links, outline, folds, selections, hints and lenses are there for a deployment."""
    path = project / "blue.yml"
    document = _open(client, path)
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    links = await client.text_document_document_link_async(types.DocumentLinkParams(document))
    assert (project / "src" / "score.py").as_uri() in {each.target for each in links or ()}
    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert [each.name for each in symbols or ()][:2] == ["name", "endpoint_name"]
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    assert [(each.start_line, each.end_line) for each in folds or ()] == [(4, 6)]
    place = _place(path, "conda.yml")
    (selected,) = await client.text_document_selection_range_async(types.SelectionRangeParams(document, [place])) or ()
    assert selected.parent is not None
    hints = await client.text_document_inlay_hint_async(types.InlayHintParams(document, whole))
    assert any("vCPU" in str(each.label) for each in hints or ())
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document))
    assert [each.command.title for each in lenses or () if each.command][:3] == ["Serve", "Debug", "Invoke"]


async def test_lenses_of_a_script(client: pytest_lsp.LanguageClient, project: Path) -> None:
    """A scoring script can be served and debugged from above run()."""
    document = _open(client, project / "src" / "score.py", "python")
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document))
    assert {"Serve", "Debug"} <= {each.command.title for each in lenses or () if each.command}


async def test_code_actions(client: pytest_lsp.LanguageClient, project: Path) -> None:
    """A finding comes with its quick fix."""
    path = project / "blue.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("instance_type", "instnce_type"), encoding="utf-8")
    place = _place(path, "instnce_type")
    params = types.CodeActionParams(_open(client, path), types.Range(place, place), types.CodeActionContext([]))
    found = await client.text_document_code_action_async(params)
    assert "Write instance_type" in {each.title for each in found or ()}
