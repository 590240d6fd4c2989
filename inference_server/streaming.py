"""Answers that ``run()`` makes piece by piece.

A generator's body is the script's code as much as ``run()`` is. So its turn at the gate lasts until the stream ends,
and each of its pieces has the whole time limit.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from inference_server.results import stream_piece, stream_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["HeldIterator", "StreamCut", "StreamReply", "open_stream"]


class StreamCut(Exception):  # noqa: N818  what happened to it
    """The script failed in the middle of a stream; it has been logged, and the server has only to end the answer."""


class StreamReply(NamedTuple):
    """An answer whose length is not known; the headers in the order they are sent, Content-Type first."""

    status: int
    headers: list[tuple[str, str]]
    body: HeldIterator


class HeldIterator:
    """An iterator that calls `release` once, when it is exhausted, fails or is closed.

    Args:
        pieces: what to hand out.
        next_: takes the next of `pieces`; here the time limit is applied.
        release: ends what the stream holds, the turn at the gate.
    """

    def __init__(
        self, pieces: Iterator[Any], next_: Callable[[Iterator[Any]], Any], release: Callable[[], None]
    ) -> None:
        self._pieces = pieces
        self._next = next_
        self._release: Callable[[], None] | None = release

    def __iter__(self) -> HeldIterator:
        return self

    def __next__(self) -> Any:
        if self._release is None:
            raise StopIteration
        try:
            return self._next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the script's iterator and give the turn back; a second call does nothing."""
        release, self._release = self._release, None
        if release is None:
            return
        try:
            close = getattr(self._pieces, "close", None)
            if close is not None:
                close()
        finally:
            release()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


def open_stream(pieces: Iterator[Any], next_: Callable[[Iterator[Any]], Any]) -> tuple[str, Iterator[bytes]]:
    """Take the first piece; return the content type that it decides, and all pieces as bytes.

    Raises what the script raises before its first piece, so that this is still an error with a status of its own.
    """
    try:
        first = next_(pieces)
    except StopIteration:
        return "text/plain; charset=utf-8", iter(())
    return stream_type(first), _encoded(first, pieces)


def _encoded(first: Any, pieces: Iterator[Any]) -> Iterator[bytes]:
    try:
        yield stream_piece(first)
        for piece in pieces:
            yield stream_piece(piece)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
