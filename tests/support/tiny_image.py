"""An image of a few bytes or many that no other has, on this machine's engine."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
from typing import TYPE_CHECKING

from tests.support.docker_engine import require_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["tiny_image"]


@contextlib.contextmanager
def tiny_image(size: int = 1000) -> Iterator[str]:
    """Its id, while inside; a file of so many random bytes is all that it has."""
    engine = require_engine()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo("content")
        entry.size = size
        archive.addfile(entry, io.BytesIO(os.urandom(size)))
    name = f"devkit-test/tiny:{os.urandom(8).hex()}"
    repository, tag = name.split(":")
    engine.api.import_image_from_data(file.getvalue(), repository=repository, tag=tag)
    identifier = str(engine.images.get(name).id)
    try:
        yield identifier
    finally:
        engine.images.remove(identifier, force=True)
        engine.close()
