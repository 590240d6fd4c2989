"""Bodies on their way through: sent on piece by piece, with a bounded copy where somebody wants to see them later."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import StreamReader

__all__ = ["SMALL", "Copy", "pieces"]

SMALL = 64 * 1024
"""Bytes up to which a body is read whole, so that it leaves in one write with its headers."""


class Copy:
    """What went through, as far as `limit` bytes; beyond that only its size and digest."""

    __slots__ = ("_hash", "_kept", "limit", "size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._kept = bytearray()
        self._hash = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """See one piece."""
        self.size += len(piece)
        self._hash.update(piece)
        if self.size <= self.limit:
            self._kept += piece
        else:
            self._kept.clear()

    @property
    def whole(self) -> bytes | None:
        """All of it; None where it was larger than the limit."""
        return bytes(self._kept) if self.size <= self.limit else None

    @property
    def digest(self) -> str:
        """SHA-256 of all of it, in hex."""
        return self._hash.hexdigest()


async def pieces(stream: StreamReader, copy: Copy | None) -> AsyncIterator[bytes]:
    """The pieces of a stream as they come in, each seen by `copy`."""
    while piece := await stream.readany():
        if copy is not None:
            copy.add(piece)
        yield piece
