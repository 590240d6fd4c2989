from __future__ import annotations

from pathlib import Path

import pytest

from devkit.spec.document import Document
from devkit.spec.recognition import recognise, recognise_node

EXAMPLES = sorted((Path(__file__).parents[4] / "examples").rglob("*.yml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_tree_tells_as_much_as_the_values(path: Path) -> None:
    """The kind told from the tolerant tree is the one told from the values."""
    document = Document(path.read_text(encoding="utf-8"))
    if document.strict.parses:
        expected = recognise(document.root.value, path.name)
        assert recognise_node(document.tolerant.documents[0], path.name) is expected
