"""Files that appear whole or not at all: whoever reads sees the old content or the new, whatever happens meanwhile."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

__all__ = ["write_whole"]

OWNER_ALONE = 0o600


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
