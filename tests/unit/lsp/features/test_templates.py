from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.spec import catalog
from devkit.spec.document import Document
from devkit.spec.kinds import Kind
from devkit.spec.loading import load
from devkit.spec.recognition import recognise
from lsp.features.blocks import BLOCKS, blocks_of, lines
from lsp.features.completion_item import plain
from lsp.features.place import Place
from lsp.features.templates import TEMPLATES, templates
from tests.support.open_documents import open_at_cursor

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_template_is_a_whole_document(tmp_path: Path, kind: Kind) -> None:
    """What a template writes is a document of its kind that nobody refuses."""
    place = Place(*open_at_cursor(tmp_path, "|", "new.yml"))
    (text,) = [item.plain_text for item in templates(place) if item.label == kind.facts.title]
    value = Document(text).root.value
    assert recognise(value) is kind
    assert load(value, kind).problems == ()


@pytest.mark.parametrize("kind", TEMPLATES)
def test_blocks_have_declared_keys(kind: Kind) -> None:
    """A block's snippet has declared keys only, and values that nobody refuses."""
    for name, info in catalog.keys_at(kind).items():
        for block in blocks_of(info):
            text = plain("\n".join(lines(kind, (name,), block.body, 2)))
            value = Document(f"{name}:\n{text}\n").root.value
            problems = [each for each in load(value, kind).problems if each.path[:1] == (name,)]
            assert problems == []


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_is_offered_somewhere(name: str) -> None:
    """No block is left over whose keys are declared nowhere."""
    kinds = [*TEMPLATES, Kind.MODEL_PACKAGE]
    below = [info for kind in kinds for path in ((), ("environment",)) for info in catalog.keys_at(kind, path).values()]
    offered = [block for info in below if info.name == name for block in blocks_of(info)]
    assert {block.title for block in BLOCKS[name]} == {block.title for block in offered}
