"""Messages over stdin and stdout, with one change of threads for each that comes in.

pygls 2.1 reads a message in three steps, each in another thread and back. Every change of threads waits for the
interpreter while a check has it, and for a processor while the machine is busy.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

from pygls.io_ import run_async

if TYPE_CHECKING:
    from typing import BinaryIO

    from pygls.protocol import JsonRPCProtocol

__all__ = ["read_messages"]

_AT_ONCE = 2**16
_LONGEST_HEADER = 2**20


async def read_messages(protocol: JsonRPCProtocol, stdin: BinaryIO) -> None:
    """Hand every message of `stdin` to the protocol, until the editor goes away or the protocol raises SystemExit."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(_LONGEST_HEADER)
    # A daemon: when the session ends it still waits for what the editor may say. Without a buffer, since Python cannot
    # end while a thread holds a buffer's lock.
    unbuffered = getattr(stdin, "raw", stdin)
    threading.Thread(target=_feed, args=(unbuffered, reader, loop), name="stdin", daemon=True).start()
    with contextlib.suppress(asyncio.IncompleteReadError):  # the editor went away amid a message
        await run_async(threading.Event(), reader, protocol)


def _feed(stdin: BinaryIO, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: the session has ended
        while data := _read(stdin):
            loop.call_soon_threadsafe(reader.feed_data, data)
        loop.call_soon_threadsafe(reader.feed_eof)


def _read(stdin: BinaryIO) -> bytes:
    try:
        return stdin.read(_AT_ONCE)
    except (OSError, ValueError):  # closed under our hands: the end as well
        return b""
