from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp.features.folding import Fold, folds
from lsp.features.selection import selection
from lsp.features.symbols import SymbolKind, symbols
from tests.support.open_documents import open_at_cursor, open_text

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
# About
# this one.
name: blue
endpoint_name: shop
instance_count: 2
code_configuration:
  code: src
  scoring_script: "score.py"
data_collector:
  request_logging:
    capture_headers:
      - one
      - two
"""


def test_symbols_are_the_keys(tmp_path: Path) -> None:
    """The outline has every key with its value, each key inside its whole."""
    found = symbols(open_text(tmp_path, TEXT))
    assert [each.name for each in found][:3] == ["name", "endpoint_name", "instance_count"]
    assert (found[2].kind, found[2].detail) == (SymbolKind.NUMBER, "2")
    code = found[3]
    assert [child.name for child in code.children] == ["code", "scoring_script"]
    assert TEXT[slice(*code.span)].endswith('"score.py"')
    assert TEXT[slice(*code.selection)] == "code_configuration"


def test_symbols_of_half_typed_text(tmp_path: Path) -> None:
    """An open quote hides no key below it."""
    found = symbols(open_text(tmp_path, TEXT.replace("name: blue", 'name: "blue', 1)))
    assert "data_collector" in [each.name for each in found]


def test_folds(tmp_path: Path) -> None:
    """Blocks fold into their first line, and so do comments of several lines."""
    found = folds(open_text(tmp_path, TEXT))
    assert found == [Fold(0, 1, is_comment=True), Fold(5, 7), Fold(8, 12), Fold(9, 12), Fold(10, 12)]


def test_selection_grows(tmp_path: Path) -> None:
    """A selection grows from the text in quotes over value, key and mapping to the whole text."""
    opened, offset = open_at_cursor(tmp_path, TEXT.replace("score.py", "sc|ore.py"))
    found = [TEXT[slice(*span)] for span in selection(opened, offset)]
    assert found[:3] == ["score.py", '"score.py"', 'scoring_script: "score.py"']
    assert found[3] == 'code: src\n  scoring_script: "score.py"'
    assert found[-1] == TEXT


@pytest.mark.parametrize("text", ["apiVersion: v1\na:\n  b: 1\n", ""])
def test_foreign_files_have_no_outline(tmp_path: Path, text: str) -> None:
    """A file of another tool has neither symbols nor folds."""
    opened = open_text(tmp_path, text, "other.yml")
    assert symbols(opened) == []
    assert folds(opened) == []
