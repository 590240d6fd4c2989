"""Every feature at every place of texts that are being typed: no exception, and spans that an editor can use."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.checks.project import Project
from devkit.spec.document import Document
from devkit.spec.positions import Span
from devkit.spec.recognition import recognise_node
from lsp.features.completion import complete
from lsp.features.definition import definition
from lsp.features.folding import folds
from lsp.features.hover import hover
from lsp.features.inlay import inlays
from lsp.features.lenses import lenses
from lsp.features.links import links
from lsp.features.references import references
from lsp.features.selection import selection
from lsp.features.symbols import symbols
from lsp.open_document import OpenDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).parents[4] / "examples"
TEXTS = [
    EXAMPLES / name for name in ("sklearn/blue-deployment.yml", "blue-green/endpoint.yml", "triton/deployment.yml")
]
SEED = 20
NOISE = [
    '"',
    "'",
    "{",
    "[",
    ":",
    ": ",
    "- ",
    "#",
    " ",
    "\n",
    "\t",
    "&a ",
    "*a",
    "|\n",
    "\u2028",
    "---\n",
    "}",
    "é",
    "\r\n",
]


def opened(text: str, path: Path) -> OpenDocument:
    document = Document(text, path)
    return OpenDocument(path, document, recognise_node(document.tolerant.documents[0], path.name), None, Project())


def check_place(document: OpenDocument, offset: int) -> None:
    lines = document.document.lines
    for item in complete(document, offset):
        assert item.span.covers(offset), item
        assert lines.line_of(item.span.start) == lines.line_of(item.span.end), item
        assert item.documentation is not None
    spans = selection(document, offset)
    assert all(inner.start >= outer.start and inner.end <= outer.end for inner, outer in itertools.pairwise(spans))
    found = hover(document, offset)
    assert found is None or found.span.covers(offset)
    assert definition(document, offset) == references(document, offset) == []


def check_whole(document: OpenDocument) -> None:
    assert links(document) == []
    symbols(document)
    folds(document)
    lenses(document)
    inlays(document, Span(0, len(document.document.text)))


def mangled(text: str) -> Iterator[str]:
    chance = random.Random(SEED)  # noqa: S311 - no secret
    for _ in range(60):
        at, length = chance.randrange(len(text)), chance.choice([0, 0, 3, 20])
        yield text[:at] + chance.choice(NOISE) + text[at + length :]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.parent.name)
def test_every_prefix(path: Path) -> None:
    """While a document is typed from its first character to its last, every answer can be used."""
    text = path.read_text(encoding="utf-8")
    for end in range(len(text) + 1):
        document = opened(text[:end], path)
        check_place(document, end)
        check_whole(document)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.parent.name)
def test_damaged_texts(path: Path) -> None:
    """In a text with anything put anywhere, every answer at every fifth place can be used."""
    for text in mangled(path.read_text(encoding="utf-8")):
        document = opened(text, path)
        check_whole(document)
        for offset in range(0, len(text) + 1, 5):
            check_place(document, offset)
