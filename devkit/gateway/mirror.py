"""Copies of live requests for another deployment: in the background, bounded, and compared with what the client got."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp

from devkit.gateway.balancing import in_order
from devkit.gateway.bodies import Copy, pieces
from devkit.gateway.comparison import Answer, record
from devkit.gateway.limits import DismissedError, TooManyError
from devkit.gateway.upstream import BrokenError, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from multidict import CIMultiDict

    from devkit.gateway.routing import LiveBackend
    from devkit.gateway.upstream import Upstream

__all__ = ["MirroredRequest", "Mirrors", "RecordFile"]

MAX_AT_A_TIME = 32
MAX_ANSWER = 4 * 1024 * 1024
MAX_FILE = 5 * 1024 * 1024
LAST = 20


class MirroredRequest(NamedTuple):
    """What is sent once more."""

    method: str
    path: str
    headers: CIMultiDict[str]
    body: bytes
    request_id: str


class RecordFile:
    """A file of JSON lines that is set aside as `<name>.1` when it has grown to `limit` bytes."""

    def __init__(self, path: Path, limit: int = MAX_FILE) -> None:
        self._path = path
        self._limit = limit

    def append(self, line: str) -> None:
        """Write one line.

        Raises:
            OSError: the disk does not take it.
        """
        if self._path.exists() and self._path.stat().st_size + len(line) > self._limit:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class Mirrors:
    """Sends copies, at most `MAX_AT_A_TIME` at once; what is above that is left out and counted."""

    def __init__(self, upstream: Upstream, records: RecordFile) -> None:
        self.last: deque[dict[str, Any]] = deque(maxlen=LAST)
        """The newest records."""
        self._upstream = upstream
        self._records = records
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing = asyncio.Lock()

    def submit(self, backend: LiveBackend, request: MirroredRequest, live: Answer) -> None:
        """Send a copy soon; returns at once."""
        if len(self._tasks) >= MAX_AT_A_TIME:
            backend.counts.mirrored["dropped"] += 1
            return
        task = asyncio.get_running_loop().create_task(self._mirror(backend, request, live))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _mirror(self, backend: LiveBackend, request: MirroredRequest, live: Answer) -> None:
        at = dt.datetime.now(tz=dt.timezone.utc).isoformat(timespec="milliseconds")
        answer = await self._answer(backend, request)
        line = record(at, request.request_id, request.path, live, answer)
        backend.counts.mirrored[line["verdict"]] += 1
        self.last.append(line)
        async with self._writing:
            try:
                await asyncio.to_thread(self._records.append, json.dumps(line))
            except OSError:
                backend.counts.mirrored["not_recorded"] += 1

    async def _answer(self, backend: LiveBackend, request: MirroredRequest) -> Answer:
        began = time.perf_counter()
        status, body, error = None, None, None
        try:
            status, body = await asyncio.wait_for(self._ask(backend, request), backend.settings.timeout_s)
        except asyncio.TimeoutError:
            error = "408: no answer within its timeout"
        except TooManyError as too_many:
            error = f"429: {too_many}"
        except (DismissedError, RefusedError, BrokenError, aiohttp.ClientError) as failure:
            error = f"424: {type(failure).__name__}: {failure}"
        return Answer(backend.name, status, time.perf_counter() - began, body, error)

    async def _ask(self, backend: LiveBackend, request: MirroredRequest) -> tuple[int, Copy]:
        if not backend.targets:
            raise RefusedError("no instance is ready")
        await backend.gate.enter()
        try:
            backend.turn += 1
            for target in in_order(backend.targets, backend.turn)[:1]:
                target.in_flight += 1
                try:
                    response = await self._upstream.ask(target, *request[:3], request.body)
                    return response.status, await _read(response)
                finally:
                    target.in_flight -= 1
        finally:
            backend.gate.leave()
        raise RefusedError("no instance is ready any more")


async def _read(response: aiohttp.ClientResponse) -> Copy:
    copy = Copy(MAX_ANSWER)
    async with response:
        async for _ in pieces(response.content, copy):
            pass
    return copy
