from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.assets.collecting import collect, in_use
from devkit.assets.content import store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two copies, of `kept` and of `unused`."""
    for name in ("kept", "unused"):
        (tmp_path / name).write_text(name, encoding="utf-8")
        store(tmp_path / name, tmp_path / "assets" / "models", read_only=True)
    return tmp_path / "assets"


def names(root: Path) -> set[str]:
    """What lies there."""
    return {path.name for path in root.glob("models/*/*")}


def used(root: Path) -> list[Path]:
    """The copy that something refers to."""
    return list(root.glob("models/*/kept"))


def test_what_nothing_refers_to_is_removed(root: Path) -> None:
    """Of the copies only those stay that are used, and nothing half removed is left."""
    assert len(collect(root, ["models", "codes"], lambda: used(root))) == 1
    assert names(root) == {"kept"}
    assert [path for path in root.rglob("*") if "draft" in path.name] == []


def test_nothing_is_removed_while_somebody_is_at_work(root: Path) -> None:
    """Who copies content in before anything refers to it is waited for; another time is soon enough."""
    with in_use(root):
        assert collect(root, ["models"], list) == []
    assert names(root) == {"kept", "unused"}
    assert len(collect(root, ["models"], list)) == 2


def test_what_a_killed_process_left_holds_nobody_up(root: Path) -> None:
    """A file without a lock is no sign of work, and goes."""
    with in_use(root):
        pass
    left = root / "users" / "left"
    left.touch()
    assert len(collect(root, ["models"], lambda: used(root))) == 1
    assert not left.exists()


def test_a_workspace_without_assets(tmp_path: Path) -> None:
    """Where nothing was ever kept there is nothing to do."""
    assert collect(tmp_path / "none", ["models"], list) == []
    assert not (tmp_path / "none").exists()
