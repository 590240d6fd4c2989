"""Content under its own hash: what was registered stays as it was, and equal content lies here once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import uuid
from typing import TYPE_CHECKING, Final

from devkit.assets.listing import files_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["digest", "digest_of", "discard", "file_digests", "remove_drafts", "store", "unpack"]

_CHUNK: Final = 1 << 20
_DRAFT: Final = ".draft-"
_UNPACKED: Final = ".unpacked"


def digest(source: Path) -> str:
    """SHA-256 in hex of a file or folder: its own name, and each file's relative path and bytes.

    The same on every machine and independent of times and modes. What the ignore file names is left out.

    Raises:
        OSError: something cannot be read.
    """
    return digest_of(source.name, file_digests(source))


def file_digests(source: Path) -> dict[str, str]:
    """SHA-256 in hex of each file by its relative path; of a file alone by its name. What is ignored is left out.

    Raises:
        OSError: something cannot be read.
    """
    return {name: _hash(path) for name, path in files_of(source).items()}


def digest_of(name: str, digests: Mapping[str, str]) -> str:
    """What `digest` gives for a file or folder of this name with these `file_digests`."""
    lines = "".join(f"{path}\0{each}\n" for path, each in sorted(digests.items()))
    return hashlib.sha256(f"{name}\0\n{lines}".encode()).hexdigest()


def store(source: Path, folder: Path, *, read_only: bool = False) -> Path:
    """Copy a file or folder to ``folder/<digest>/<its name>`` unless it is there, and return that path.

    It appears whole or not at all: it is written beside and renamed. Files that the ignore file names are left out.

    Args:
        source: what to copy.
        folder: where content of its kind lies.
        read_only: take everybody's right to write to its files: for content that instances link to.

    Raises:
        OSError: something cannot be read, or the disk is full; nothing is left then.
    """
    place = folder / digest(source)
    if place.exists():
        return place / source.name
    with _Draft(folder) as draft:
        # Hashed again while it is copied: an editor may have saved in between, and the name has to be true.
        place = folder / digest_of(source.name, _copy(source, draft / source.name))
        _set_modes(draft, read_only=read_only)
        _move(draft, place)
    return place / source.name


def unpack(archive: Path) -> Path:
    """Unpack a tar or zip archive beside itself, once, and return the folder, whose files are read-only.

    Raises:
        OSError: the archive cannot be read, or the disk is full.
        ValueError: it is no archive, or a member would lie outside the folder.
    """
    place = archive.with_name(archive.name + _UNPACKED)
    if not place.exists():
        with _Draft(archive.parent) as draft:
            _extract(archive, draft)
            _set_modes(draft, read_only=True)
            _move(draft, place)
    return place


def discard(place: Path) -> None:
    """Remove content: whole at once for whoever looks for its hash, also when this is cut off in the middle.

    Raises:
        OSError: it cannot be removed.
    """
    draft = place.with_name(f"{_DRAFT}{uuid.uuid4().hex}")
    place.rename(draft)
    shutil.rmtree(draft)


def remove_drafts(folder: Path) -> None:
    """Remove what an interrupted copy has left. Call it while nothing is being stored."""
    for pattern in (f"{_DRAFT}*", f"*/{_DRAFT}*"):  # of a copy, and of an unpacked archive
        for draft in folder.glob(pattern):
            shutil.rmtree(draft, ignore_errors=True)


class _Draft:
    """A new folder that is gone afterwards, unless it was renamed."""

    def __init__(self, parent: Path) -> None:
        self._path = parent / f"{_DRAFT}{uuid.uuid4().hex}"

    def __enter__(self) -> Path:
        self._path.mkdir(parents=True)
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _move(draft: Path, place: Path) -> None:
    """Rename, unless another process was quicker with the same content."""
    try:
        draft.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def _copy(source: Path, target: Path) -> Mapping[str, str]:
    """Copy, and return the hash of each file as it was copied."""
    if not source.is_dir():
        return {source.name: _hash(source, target)}
    target.mkdir()
    hashes = {}
    for name, path in files_of(source).items():
        copied = target / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        hashes[name] = _hash(path, copied)
    return hashes


def _hash(path: Path, target: Path | None = None) -> str:
    """The hash of a file's bytes, which also go to `target` when it is given."""
    found = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        write: Callable[[bytes], object] = stack.enter_context(target.open("wb")).write if target else len
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            write(chunk)
    if target is not None and os.access(path, os.X_OK):
        target.chmod(0o755)
    return found.hexdigest()


def _set_modes(folder: Path, *, read_only: bool) -> None:
    """Let everybody read, whatever the umask was: the user inside a container is another one.

    The workspace's own folder keeps others on this machine out. Windows could not remove what is read-only.
    """
    if os.name == "nt":
        return
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        can_run = path.is_dir() or os.access(path, os.X_OK)
        mode = 0o755 if can_run else 0o644
        path.chmod(mode & ~0o222 if read_only and not path.is_dir() else mode)


def _extract(archive: Path, folder: Path) -> None:
    import tarfile
    import zipfile

    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as members:
            members.extractall(folder)  # noqa: S202 - it takes "..", drives and roots out of the names by itself
        return
    try:
        with tarfile.open(archive) as members:
            members.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        raise ValueError(f"{archive.name} has a member that would lie outside its folder: {error}") from None
    except (tarfile.TarError, EOFError) as error:
        raise ValueError(f"{archive.name} is no tar or zip archive: {error}") from None
