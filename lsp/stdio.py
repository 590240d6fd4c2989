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

from lsp.greeting import read_some, unbuffered

if TYPE_CHECKING:
    from typing import BinaryIO

    from pygls.protocol import JsonRPCProtocol

__all__ = ["read_messages"]

_LONGEST_HEADER = 2**20


async def read_messages(protocol: JsonRPCProtocol, stdin: BinaryIO, received: bytes = b"") -> None:
    """Hand every message to the protocol, until the editor goes away or the protocol raises SystemExit.

    Args:
        protocol: what takes the messages.
        stdin: where they come from.
        received: what was read of `stdin` already.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(_LONGEST_HEADER)
    reader.feed_data(received)
    # A daemon: when the session ends it still waits for what the editor may say.
    threading.Thread(target=_feed, args=(unbuffered(stdin), reader, loop), name="stdin", daemon=True).start()
    with contextlib.suppress(asyncio.IncompleteReadError):  # the editor went away amid a message
        await run_async(threading.Event(), reader, protocol)


def _feed(stdin: BinaryIO, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: the session has ended
        while data := read_some(stdin):
            loop.call_soon_threadsafe(reader.feed_data, data)
        loop.call_soon_threadsafe(reader.feed_eof)
