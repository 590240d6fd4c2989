from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from devkit.disk.shown import shown_path

if TYPE_CHECKING:
    import pytest


def test_a_path_is_shown_as_it_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the current folder it is relative, elsewhere whole."""
    monkeypatch.chdir(tmp_path)
    assert shown_path(tmp_path / "a" / "b.yml") == str(Path("a") / "b.yml")
    assert shown_path(tmp_path.parent / "b.yml") == str(tmp_path.parent / "b.yml")
