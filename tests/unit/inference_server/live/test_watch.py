"""When a burst of file events is over, and which files count."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

import pytest

from inference_server.live.watch import FolderWatch, Settling, is_watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def test_one_file_is_settled_shortly_after_its_last_event() -> None:
    """Every event pushes the end of the burst back; then the file is told once."""
    settling = Settling(quiet=0.01)
    settling.touch("a.py", 0.0)
    settling.touch("a.py", 0.009)
    assert settling.take(0.018) == frozenset()
    assert settling.take(0.02) == {"a.py"}
    assert (settling.take(1.0), settling.due_at()) == (frozenset(), None)


def test_many_files_wait_longer_and_come_as_one() -> None:
    """A checkout pauses between files for longer than an editor does within one."""
    settling = Settling(quiet=0.01, quiet_many=0.1)
    settling.touch("a.py", 0.0)
    settling.touch("b.py", 0.009)
    assert settling.take(0.08) == frozenset()
    settling.touch("c.py", 0.09)
    assert settling.take(0.2) == {"a.py", "b.py", "c.py"}


def test_a_deleted_file_may_come_back() -> None:
    """Delete-and-create is one change: the file is waited for, and no longer than that."""
    settling = Settling(quiet=0.01, missing=0.25)
    settling.touch("a.py", 0.0, present=False)
    assert settling.take(0.2) == frozenset()
    settling.touch("a.py", 0.21)
    assert settling.take(0.22) == {"a.py"}
    settling.touch("a.py", 1.0, present=False)
    assert settling.take(1.25) == {"a.py"}


def test_a_file_that_never_rests_is_told_all_the_same() -> None:
    """A tool that writes without end cannot hold an update back for ever."""
    settling = Settling(quiet=0.5, longest=2.0)
    for moment in range(20):
        settling.touch("a.py", moment / 10)
    settling.touch("a.py", 1.99)
    assert settling.take(2.0) == {"a.py"}


@pytest.mark.parametrize(
    ("path", "watched"),
    [
        ("score.py", True),
        ("pkg/mod.py", True),
        ("pkg/fast.so", True),
        (".score.py.swp", False),
        ("score.py~", False),
        ("4913", False),
        (".#score.py", False),
        ("score.py.tmp.123", False),
        ("__pycache__/score.cpython-311.py", False),
        (".venv/lib/x.py", False),
        ("venv/lib/x.py", False),
        (".git/x.py", False),
        ("model/x.py", False),
    ],
)
def test_which_files_count(path: str, *, watched: bool) -> None:
    """Modules count; swap files, back-ups, caches, environments and the model folder do not."""
    assert is_watched(f"/code/{path}", "/code", frozenset({"/code/model"})) is watched


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[queue.SimpleQueue[frozenset[str]]]:
    """What a real watch of a folder with two modules tells."""
    (tmp_path / "pkg").mkdir()
    (tmp_path / "score.py").write_text("A = 1\n")
    (tmp_path / "pkg" / "mod.py").write_text("B = 1\n")
    bursts: queue.SimpleQueue[frozenset[str]] = queue.SimpleQueue()
    watch = FolderWatch(str(tmp_path), bursts.put, settling=Settling(quiet=0.1, quiet_many=0.3, missing=1.0))
    watch.start()
    yield bursts
    watch.stop()


def _in_place(path: Path) -> None:
    path.write_text("A = 2\n")


def _rename_over(path: Path) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text("A = 2\n")
    temporary.replace(path)


def _delete_and_create(path: Path) -> None:
    path.unlink()
    path.write_text("A = 2\n")


def _as_vim(path: Path) -> None:
    swap = path.with_name(f".{path.name}.swp")
    swap.write_text("swap")
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text("A = 2\n")
    path.with_name(f"{path.name}~").unlink()
    swap.unlink()


@pytest.mark.parametrize("save", [_in_place, _rename_over, _delete_and_create, _as_vim])
@pytest.mark.parametrize("name", ["score.py", "pkg/mod.py"])
def test_every_way_to_save_is_one_change(
    tmp_path: Path, settled: queue.SimpleQueue[frozenset[str]], save: Callable[[Path], None], name: str
) -> None:
    """However an editor saves, one call tells one file."""
    save(tmp_path / name)
    assert settled.get(timeout=10) == {str(tmp_path / name)}


def test_new_and_deleted_folders_are_one_change(tmp_path: Path, settled: queue.SimpleQueue[frozenset[str]]) -> None:
    """A package that appears is watched from then on; files already in it are told."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "one.py").write_text("A = 1\n")
    (tmp_path / "new" / "two.py").write_text("A = 1\n")
    told: set[str] = set()
    while not {str(tmp_path / "new" / "one.py"), str(tmp_path / "new" / "two.py")} <= told:
        told |= settled.get(timeout=10)
    (tmp_path / "new" / "one.py").write_text("A = 2\n")
    assert str(tmp_path / "new" / "one.py") in settled.get(timeout=10)


def test_nothing_is_at_rest_while_git_holds_its_lock(tmp_path: Path) -> None:
    """A checkout is told when git lets go, however long it pauses between files."""
    (tmp_path / ".git").mkdir()
    lock = tmp_path / ".git" / "index.lock"
    lock.touch()
    bursts: queue.SimpleQueue[frozenset[str]] = queue.SimpleQueue()
    watch = FolderWatch(str(tmp_path), bursts.put, settling=Settling(quiet=0.001, quiet_many=0.001))
    watch.start()
    try:
        for name in ("a.py", "b.py"):
            (tmp_path / name).write_text("A = 1\n")
            with pytest.raises(queue.Empty):
                bursts.get(timeout=0.3)
        lock.unlink()
        assert bursts.get(timeout=10) == {str(tmp_path / "a.py"), str(tmp_path / "b.py")}
    finally:
        watch.stop()
