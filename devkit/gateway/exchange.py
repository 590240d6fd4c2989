"""One request on its way to a deployment and back: the turn, the instance, the time, and what the client is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
from aiohttp import web

from devkit.gateway import answers
from devkit.gateway.balancing import in_order
from devkit.gateway.bodies import SMALL, Copy, pieces
from devkit.gateway.deadline import Deadline
from devkit.gateway.headers import MODEL_ERROR_REASON, MODEL_ERROR_STATUS, to_client, to_instance
from devkit.gateway.limits import DismissedError, TooManyError
from devkit.gateway.policy import DEPLOYMENT_HEADER, Refusal
from devkit.gateway.upstream import BrokenError, RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from devkit.gateway.routing import LiveBackend, LiveTarget
    from devkit.gateway.upstream import Upstream

__all__ = ["CLIENT_LEFT", "CutOffError", "Exchange", "Ids", "Incoming", "UnreachableError"]

_OK = 200
_REQUEST_TIMEOUT = 408
_FAILED_DEPENDENCY = 424
CLIENT_LEFT = 499
MAX_COPY = 4 * 1024 * 1024
"""Bytes of a request that are kept for a mirror or a data collector; a larger one is not mirrored."""


class UnreachableError(Exception):
    """No instance of the deployment took the request: nothing was sent. `str(error)` says why."""


class CutOffError(Exception):
    """The answer had begun and cannot be finished: the client's connection was ended, so that it sees that.

    Attributes:
        status: for the counters: 499 when the client left, 408 after its time, 502 when the instance broke off.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Ids(NamedTuple):
    """The ids of one request."""

    request: str
    client: str | None


class Incoming:
    """The client's request; a small body is read at once, a large one goes on as it comes."""

    __slots__ = ("_small", "copy", "request")

    def __init__(self, request: web.BaseRequest) -> None:
        self.request = request
        self.copy: Copy | None = None
        self._small: bytes | None = None

    async def load(self) -> None:
        """Read the body if it is small; tell a client that asks first to send it."""
        request = self.request
        if self._small is not None or not request.body_exists:
            return
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        length = request.content_length
        if length is not None and length <= SMALL:
            self._small = await request.content.read()

    def keep_copy(self) -> None:
        """Remember the body for a mirror or a data collector."""
        self.copy = Copy(MAX_COPY)
        if self._small is not None:
            self.copy.add(self._small)

    def copied(self) -> bytes | None:
        """The body; None where it was too large, or the instance answered without reading it all."""
        if self.copy is None or not self.request.content.at_eof():
            return None
        return self.copy.whole

    def body(self) -> bytes | AsyncIterator[bytes] | None:
        """What an instance is sent."""
        if self._small is not None or not self.request.body_exists:
            return self._small
        return pieces(self.request.content, self.copy)


class Exchange:
    """One request to one deployment."""

    def __init__(self, upstream: Upstream, backend: LiveBackend, incoming: Incoming, ids: Ids) -> None:
        self.backend = backend
        self.ids = ids
        self.model_status: int | None = None
        """What the instance said; None as long as it said nothing."""
        self.answered: Copy | None = None
        """The instance's answer, where somebody asked for a copy."""
        self.answered_type = ""
        """The instance's content type."""
        self.incoming = incoming
        self._upstream = upstream
        self._outgoing: web.StreamResponse | None = None

    def keep_copy(self) -> None:
        """Remember request and answer, for a mirror or a data collector."""
        self.incoming.keep_copy()
        self.answered = Copy(MAX_COPY)

    async def run(self) -> web.StreamResponse:
        """The answer for the client.

        Raises:
            UnreachableError: nobody took it; it can be routed again.
            CutOffError: the answer had begun.
        """
        deadline = Deadline(self.backend.settings.timeout_s)
        try:
            return await self._in_turn(deadline)
        except TooManyError as error:
            return self._refuse(429, "TooManyRequests", self._over_the_limit(error))
        except BrokenError as error:
            self._cut_off_if_begun(answers.BROKEN)
            return answers.unavailable(answers.BROKEN, f"The instance broke off: {error}.", *self.ids)
        except asyncio.CancelledError:
            if not deadline.expired:
                raise
            deadline.forgive()
            return self._late()
        finally:
            deadline.stop()

    async def _in_turn(self, deadline: Deadline) -> web.StreamResponse:
        if not self.backend.targets:
            raise UnreachableError(f"The deployment {self.backend.name} has no instance that is ready.")
        try:
            await self.backend.gate.enter()
        except DismissedError:
            raise UnreachableError(f"The deployment {self.backend.name} was deleted.") from None
        try:
            return await self._by_an_instance(deadline)
        finally:
            self.backend.gate.leave()

    async def _by_an_instance(self, deadline: Deadline) -> web.StreamResponse:
        self.backend.turn += 1
        refusal = ""
        for target in in_order(self.backend.targets, self.backend.turn):
            deadline.target = target
            target.in_flight += 1
            try:
                return await self._relay(await self._ask(target))
            except RefusedError as error:
                refusal = f" {target.name}: {error}."
            finally:
                target.in_flight -= 1
        raise UnreachableError(f"No instance of the deployment {self.backend.name} takes connections.{refusal}")

    async def _ask(self, target: LiveTarget) -> aiohttp.ClientResponse:
        request = self.incoming.request
        headers = to_instance(request.headers, *self.ids)
        return await self._upstream.ask(target, request.method, request.raw_path, headers, self.incoming.body())

    async def _relay(self, response: aiohttp.ClientResponse) -> web.StreamResponse:
        """Hand on the answer; its connection is kept if all of it was read, else closed."""
        self.model_status = response.status
        self.answered_type = response.headers.get("Content-Type", "")
        try:
            outgoing = await self._send_on(response)
        except aiohttp.ClientError as error:
            self._cut_off_if_left()
            raise BrokenError(str(error) or type(error).__name__) from error
        finally:
            response.close() if not response.content.at_eof() else response.release()
        return outgoing

    async def _send_on(self, response: aiohttp.ClientResponse) -> web.StreamResponse:
        headers = to_client(response.headers, *self.ids)
        headers[DEPLOYMENT_HEADER] = self.backend.name
        status = response.status
        if status != _OK:
            headers[MODEL_ERROR_STATUS], headers[MODEL_ERROR_REASON] = str(status), "model_error"
            status = _FAILED_DEPENDENCY
        length = response.content_length
        if length is not None and length <= SMALL:
            body = await response.read()
            if self.answered is not None:
                self.answered.add(body)
            return web.Response(status=status, headers=headers, body=body)
        return await self._stream(web.StreamResponse(status=status, headers=headers), response)

    async def _stream(self, outgoing: web.StreamResponse, response: aiohttp.ClientResponse) -> web.StreamResponse:
        request = self.incoming.request
        if response.content_length is None and request.version >= aiohttp.HttpVersion11:
            outgoing.enable_chunked_encoding()
        self._outgoing = outgoing
        await outgoing.prepare(request)
        async for piece in pieces(response.content, self.answered):
            await outgoing.write(piece)
        await outgoing.write_eof()
        return outgoing

    def _late(self) -> web.StreamResponse:
        """What happens to an answer that has begun is not documented; here the client's connection is ended."""
        self._cut_off_if_begun(_REQUEST_TIMEOUT)
        timeout_ms = self.backend.settings.timeout_s * 1000
        return self._refuse(
            _REQUEST_TIMEOUT,
            "RequestTimeout",
            f"No answer within {timeout_ms:g} ms. Raise request_settings.request_timeout_ms.",
        )

    def _over_the_limit(self, error: TooManyError) -> str:
        settings, instances = self.backend.settings, len(self.backend.targets)
        return (
            f"{error}: {settings.max_concurrent_per_instance} at a time on {instances} instance(s), and as many "
            "waiting, is what the deployment takes. Raise request_settings.max_concurrent_requests_per_instance "
            "(with WORKER_COUNT) or instance_count."
        )

    def _refuse(self, status: int, code: str, message: str) -> web.Response:
        return answers.refuse(Refusal(status, code, message), *self.ids)

    def _cut_off_if_begun(self, status: int) -> None:
        if self._outgoing is not None:
            transport = self.incoming.request.transport
            if transport is not None:
                transport.abort()
            raise CutOffError(status)

    def _cut_off_if_left(self) -> None:
        transport = self.incoming.request.transport
        if transport is None or transport.is_closing():
            raise CutOffError(CLIENT_LEFT)
