"""Files that appear whole or not at all: whoever reads sees the old content or the new, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from pathlib import Path

__all__ = ["sync_folder", "write_whole"]

OWNER_ALONE = 0o600
_CANNOT_SYNC_FOLDERS = frozenset({errno.EINVAL, errno.ENOTSUP})
"""What fsync of a folder says on file systems that know no such thing, some network ones."""


def write_whole(path: Path, content: str | bytes, *, mode: int = OWNER_ALONE) -> None:
    """Write `content` (a text as UTF-8, its line ends as they are) beside `path`, then put it in its place in one step.

    A link is followed, so that it stays one. The folder must be there.

    Raises:
        OSError: it cannot be written; what was there is there still, and nothing lies beside it.
    """
    target = Path(os.path.realpath(path))
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        if mode != OWNER_ALONE:  # which is what mkstemp gives
            draft.chmod(stat.S_IMODE(mode))
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk before this returns: a file that was put in its place is there to stay.

    Windows and some file systems cannot: there it does nothing.

    Raises:
        OSError: the folder cannot be opened, or the disk failed.
    """
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_FOLDERS:
            raise
    finally:
        os.close(descriptor)
