"""Content that is kept under its hash."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devkit.assets import content as storing
from devkit.assets.content import digest, remove_drafts, store, unpack
from devkit.assets.listing import files_of

if TYPE_CHECKING:
    from collections.abc import Mapping

TREES = st.dictionaries(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(
        lambda parts: "/".join([*parts[:-1], f"{parts[-1]}.f"])
    ),
    st.binary(max_size=20),
    max_size=5,
)


def make(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(deadline=None)  # the disk has none either
@given(TREES)
def test_a_copy_is_the_same_content(files: dict[str, bytes]) -> None:
    """What is stored has the bytes and the digest of its source."""
    with tempfile.TemporaryDirectory() as temporary:
        source = make(Path(temporary, "model"), files)
        copy = store(source, Path(temporary, "store"))
        assert tree(copy) == files
        assert copy.parent.name == digest(source) == digest(copy)


@settings(deadline=None)  # the disk has none either
@given(TREES, TREES)
def test_only_equal_content_has_equal_digests(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    """Two folders of one name have one digest exactly when they hold the same files."""
    with tempfile.TemporaryDirectory() as temporary:
        first = digest(make(Path(temporary, "1", "model"), one))
        second = digest(make(Path(temporary, "2", "model"), other))
        assert (first == second) == (one == other)


def test_the_digest_is_the_same_everywhere(tmp_path: Path) -> None:
    """A digest is a value that another machine, day or file mode does not change."""
    source = make(tmp_path / "code", {"score.py": b"def run(): ...\n", "lib/a.txt": b"a"})
    known = "3156d69f33cd8879e3dd437cb9c93c5d20dbc0453a3beaac833b4a86d9d887b8"
    assert digest(source) == known
    (source / "score.py").chmod(0o700)
    os.utime(source / "score.py", (0, 0))
    assert digest(source) == known


def test_a_files_name_is_content_too(tmp_path: Path) -> None:
    """A renamed file is another asset, since the script looks for it by name."""
    (tmp_path / "a.pkl").write_bytes(b"x")
    (tmp_path / "b.pkl").write_bytes(b"x")
    assert digest(tmp_path / "a.pkl") != digest(tmp_path / "b.pkl")
    stored = store(tmp_path / "a.pkl", tmp_path / "store")
    assert (stored.name, stored.read_bytes()) == ("a.pkl", b"x")


def test_equal_content_is_copied_once(tmp_path: Path) -> None:
    """Storing again returns the first copy and does not write to it."""
    source = make(tmp_path / "code", {"score.py": b"1"})
    first = store(source, tmp_path / "store")
    written = (first / "score.py").stat().st_mtime_ns
    assert store(source, tmp_path / "store") == first
    assert (first / "score.py").stat().st_mtime_ns == written
    assert len(list((tmp_path / "store").iterdir())) == 1


@pytest.mark.parametrize(
    ("ignore", "kept"),
    [
        ({}, {"score.py", "data/big.bin", "x.log"}),
        ({".gitignore": b"data/\n"}, {".gitignore", "score.py", "x.log"}),
        (
            {".amlignore": b"*.log\n", ".gitignore": b"data/\n"},
            {".amlignore", ".gitignore", "score.py", "data/big.bin"},
        ),
    ],
)
def test_ignore_files_decide(tmp_path: Path, ignore: dict[str, bytes], kept: set[str]) -> None:
    """`.amlignore`, or `.gitignore` where there is none, says what is left out, as in an upload to Azure."""
    files = {"score.py": b"", "data/big.bin": b"", "x.log": b"", "__pycache__/score.pyc": b"", **ignore}
    stored = store(make(tmp_path / "code", files), tmp_path / "store")
    assert set(tree(stored)) == kept


def test_an_ignore_file_below_does_not_count(tmp_path: Path) -> None:
    """Only the ignore file of the folder itself is read, as azure-ai-ml does."""
    source = make(tmp_path / "code", {"sub/.amlignore": b"*", "sub/a.txt": b""})
    assert set(files_of(source)) == {"sub/.amlignore", "sub/a.txt"}


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a right to make links")
def test_links_are_followed_and_circles_end(tmp_path: Path) -> None:
    """A linked file or folder is copied as what it points to, and a link back up does not hang."""
    real = make(tmp_path / "real", {"a.txt": b"a"})
    source = make(tmp_path / "code", {"score.py": b""})
    (source / "linked").symlink_to(real)
    (source / "up").symlink_to(source)
    stored = store(source, tmp_path / "store")
    assert tree(stored) == {"score.py": b"", "linked/a.txt": b"a"}
    assert not any(path.is_symlink() for path in stored.rglob("*"))


def test_nothing_half_copied_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that fails in the middle leaves nothing, and storing again gives the whole."""
    source = make(tmp_path / "code", {"a.py": b"a", "b.py": b"b"})

    def full(path: Path, target: Path | None = None) -> str:
        if target is not None and path.name == "b.py":
            raise OSError(28, "No space left on device")
        return copied(path, target)

    copied = storing._hash
    with monkeypatch.context() as patch:
        patch.setattr(storing, "_hash", full)
        with pytest.raises(OSError, match="No space"):
            store(source, tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []
    assert tree(store(source, tmp_path / "store")) == {"a.py": b"a", "b.py": b"b"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_everybody_can_read_a_copy_and_nobody_writes_to_a_model(tmp_path: Path) -> None:
    """A container's user can read what only its owner could, a program stays one, and a linked model is safe."""
    source = make(tmp_path / "model", {"weights.bin": b"w", "bin/run": b"#!/bin/sh"})
    (source / "weights.bin").chmod(0o600)
    (source / "bin" / "run").chmod(0o700)
    (source / "bin").chmod(0o700)
    modes = {
        read_only: {path.name: oct(path.stat().st_mode & 0o777) for path in stored.rglob("*")}
        for read_only in (True, False)
        for stored in [store(source, tmp_path / f"store-{read_only}", read_only=read_only)]
    }
    assert modes[True] == {"weights.bin": "0o444", "bin": "0o755", "run": "0o555"}
    assert modes[False] == {"weights.bin": "0o644", "bin": "0o755", "run": "0o755"}


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """A draft of a process that was killed is no content, and goes."""
    stored = store(make(tmp_path / "code", {"a.py": b"a"}), tmp_path / "store")
    make(tmp_path / "store" / ".draft-1", {"code/a.py": b"half"})
    make(stored.parent / ".draft-2", {"half": b"unpacked"})
    remove_drafts(tmp_path / "store")
    assert [path.name for path in (tmp_path / "store").iterdir()] == [stored.parent.name]
    assert list(stored.parent.iterdir()) == [stored]


def test_a_change_while_copying_does_not_falsify_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file saved between hashing and copying is stored under the hash of what was copied."""
    source = make(tmp_path / "code", {"a.py": b"old"})
    before = digest(source)
    real = digest

    def saved_after(path: Path) -> str:
        found = real(path)
        (path / "a.py").write_bytes(b"new")
        return found

    monkeypatch.setattr("devkit.assets.content.digest", saved_after)
    stored = store(source, tmp_path / "store")
    assert stored.parent.name not in {before, "code"}
    assert stored.parent.name == real(stored)


def _tar(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _zip(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("make_archive", [_tar, _zip])
def test_an_archive_is_unpacked_once(tmp_path: Path, make_archive: object) -> None:
    """Tar and zip archives come out whole, and a second time from the first folder."""
    assert callable(make_archive)
    archive = make_archive(tmp_path / "model.bin", {"model/a.txt": b"a"})
    folder = unpack(archive)
    assert tree(folder) == {"model/a.txt": b"a"}
    (folder / "marker").touch()
    assert (unpack(archive) / "marker").exists()


@pytest.mark.parametrize("content", [b"no archive", b""])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is no archive is told by name, and nothing is left of the attempt."""
    (tmp_path / "model.tar.gz").write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.tar\.gz is no tar or zip archive"):
        unpack(tmp_path / "model.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["model.tar.gz"]


def test_a_member_cannot_leave_the_folder(tmp_path: Path) -> None:
    """An archive cannot write beside its folder."""
    with pytest.raises(ValueError, match="outside"):
        unpack(_tar(tmp_path / "model.tgz", {"../evil.txt": b"x"}))
    assert [path.name for path in tmp_path.iterdir()] == ["model.tgz"]
