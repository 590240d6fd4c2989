"""Open documents for tests of the editor's features, with the cursor written as `|`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.checks.files import Files
from devkit.checks.project import Project, open_project
from devkit.spec.document import Document
from devkit.spec.recognition import recognise
from lsp.open_document import OpenDocument

if TYPE_CHECKING:
    from pathlib import Path

CURSOR = "|"


def open_at_cursor(folder: Path, marked: str, name: str = "blue-deployment.yml") -> tuple[OpenDocument, int]:
    """Open `marked` as an unsaved text of `folder`, and where its `|` stands; the other files are the folder's."""
    offset = marked.index(CURSOR)
    return open_text(folder, marked.replace(CURSOR, "", 1), name), offset


def open_text(folder: Path, text: str, name: str = "blue-deployment.yml") -> OpenDocument:
    """Open `text` as an unsaved text of `folder`, among the folder's other files."""
    path = folder / name
    files = Files({path: text})
    project = open_project([folder], files)[0] if folder.is_dir() else Project(files)
    if path.suffix == ".py":
        return OpenDocument(path, Document(text, path), None, None, project)
    subject = next((each for each in project.subjects if each.path == path), None)
    document = Document(text, path)
    return OpenDocument(path, document, recognise(document.root.value, name), subject, project)
