"""Writes requests and answers down for deployments with a data collector: in the background, delaying no client."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from devkit.golden.records import Payload, data_file, file_of, record_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from devkit.gateway.bodies import Copy
    from devkit.gateway.config import Collecting
    from devkit.gateway.exchange import Exchange

__all__ = ["Collected", "Collector"]

COLLECTED: Final = "modelDataCollector"
"""In the endpoint's folder; below it everything lies as it does below the service's folder of that name."""
_WRITER: Final = "gateway"
_WAITING_AT_MOST: Final = 256
_NEVER: Final = frozenset({"authorization", "cookie"})
"""Headers that let somebody in, and are not written down whoever asks for it."""

_log = logging.getLogger("devkit.gateway")


class Collected:
    """The files of one endpoint."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / COLLECTED

    def append(self, payload: Payload, collecting: Collecting) -> None:
        """Write one line, and beside it the body that it cannot hold.

        Raises:
            OSError: the disk does not take it.
        """
        path = self._folder / file_of(payload, collecting.rolling, _WRITER)
        path.parent.mkdir(parents=True, exist_ok=True)
        name = data_file(payload)
        if name is not None and payload.body is not None:
            (path.parent / name).write_bytes(payload.body)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record_of(payload)) + "\n")


class Collector:
    """Takes payloads and writes them one after the other; what the disk is too slow for is left out and counted."""

    def __init__(self, endpoint: str, files: Collected) -> None:
        self.lost = 0
        """Payloads that could not be written."""
        self._endpoint = endpoint
        self._files = files
        self._waiting: asyncio.Queue[tuple[Payload, Collecting]] = asyncio.Queue(_WAITING_AT_MOST)
        self._writer: asyncio.Task[None] | None = None

    def take(self, collecting: Collecting, names: frozenset[str], exchange: Exchange, at: dt.datetime) -> None:
        """Have an exchange written down that is over; returns at once."""
        for payload in _payloads(self._endpoint, collecting, names, exchange, at):
            if self._waiting.full():
                self._lose("the disk is too slow")
            else:
                self._waiting.put_nowait((payload, collecting))
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def close(self) -> None:
        """Write what waits, and end."""
        if self._writer is not None:
            await self._waiting.join()
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            payload, collecting = await self._waiting.get()
            try:
                await asyncio.to_thread(self._files.append, payload, collecting)
            except OSError as error:
                self._lose(str(error))
            finally:
                self._waiting.task_done()

    def _lose(self, why: str) -> None:
        self.lost += 1
        if self.lost == 1:
            _log.warning("Collected data is lost: %s", why)


def _payloads(
    endpoint: str, collecting: Collecting, names: frozenset[str], exchange: Exchange, at: dt.datetime
) -> Iterator[Payload]:
    """The request, and the answer that the instance gave; none where it gave no answer."""
    incoming, answered = exchange.incoming, exchange.answered
    if exchange.model_status is None:
        return
    if "request" in names and incoming.copy is not None:
        sent = incoming.request.headers
        headers = {name: sent[name] for name in collecting.headers if name in sent and name.lower() not in _NEVER}
        content = _Content(incoming.copy, incoming.copied(), sent.get("Content-Type", ""), headers)
        yield _payload("request", endpoint, exchange, at, content)
    if "response" in names and answered is not None:
        yield _payload(
            "response", endpoint, exchange, at, _Content(answered, answered.whole, exchange.answered_type, {})
        )


class _Content(NamedTuple):
    copy: Copy
    body: bytes | None
    content_type: str
    headers: Mapping[str, str]


def _payload(
    collection: Literal["request", "response"], endpoint: str, exchange: Exchange, at: dt.datetime, content: _Content
) -> Payload:
    request, copy = exchange.incoming.request, content.copy
    return Payload(
        collection=collection,
        endpoint=endpoint,
        deployment=exchange.backend.name,
        time=at,
        method=request.method,
        path=request.raw_path,
        content_type=content.content_type,
        request_id=exchange.ids.request,
        client_id=exchange.ids.client,
        size=copy.size,
        sha256=copy.digest,
        body=content.body,
        headers=content.headers,
    )
