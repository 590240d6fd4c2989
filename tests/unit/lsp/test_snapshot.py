from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from devkit.spec.document import Document
from devkit.spec.kinds import Kind
from lsp.features.completion import complete
from lsp.readings import Reading, Readings
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


def test_typing_reads_what_is_near(tmp_path: Path) -> None:
    """Of a long text the tree is read as far as it matters to the place."""
    wide = "environment_variables:\n" + "".join(f"  V{number}: value\n" for number in range(1000))
    path = tmp_path / "blue.yml"
    document = Document(TEXT + wide, path)
    typed = Snapshot({path: document}, [tmp_path], Disk()).typed(path)
    assert typed is not None
    assert complete(typed, len(TEXT) - 1)
    assert "tolerant" not in vars(document)


class SlowReadings(Readings):
    """Reads when it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.allowed = threading.Event(), threading.Event()

    def of_buffer(self, path: Path, document: Document) -> Reading:
        """Say that the reading has begun, and go on when it may."""
        self.begun.set()
        assert self.allowed.wait(30)
        return super().of_buffer(path, document)


def test_typing_waits_for_no_check(tmp_path: Path) -> None:
    """A completion is answered while a check still loads the same text."""
    readings, path = SlowReadings(), tmp_path / "blue.yml"
    snapshot = Snapshot({path: Document(TEXT, path)}, [tmp_path], Disk(readings))
    check = threading.Thread(target=snapshot.findings, args=[path])
    check.start()
    assert readings.begun.wait(30)
    answered = threading.Thread(target=snapshot.typed, args=[path], daemon=True)
    answered.start()
    answered.join(10)
    assert not answered.is_alive()
    readings.allowed.set()
    check.join(30)
