from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.document import Document
from devkit.spec.kinds import Kind
from lsp.features.completion import complete
from lsp.snapshot import Disk, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "name: blue\nendpoint_name: \ninstance_type: x\n"


def test_typing_loads_no_value(tmp_path: Path) -> None:
    """A list of completions reads the tree of the text and the other documents, and loads nothing of the text."""
    (tmp_path / "endpoint.yml").write_text("name: shop\nauth_mode: key\n")
    path = tmp_path / "blue.yml"
    document = Document(TEXT, path)
    typed = Snapshot({path: document}, [tmp_path], Disk()).typed(path)
    assert typed is not None
    assert typed.kind is Kind.MANAGED_ONLINE_DEPLOYMENT
    assert [item.label for item in complete(typed, TEXT.index(": \n") + 2)] == ["shop"]
    assert "strict" not in vars(document)
