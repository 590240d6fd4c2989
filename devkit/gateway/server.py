"""The gateway in front of an endpoint: what happens to each request, from its arrival to its last byte."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from devkit.gateway import answers
from devkit.gateway.authentication import deny
from devkit.gateway.comparison import Answer
from devkit.gateway.exchange import CLIENT_LEFT, CutOffError, Exchange, Ids, Incoming, UnreachableError
from devkit.gateway.headers import to_instance
from devkit.gateway.mirror import MirroredRequest
from devkit.gateway.policy import DEPLOYMENT_HEADER, DRAWS, Draw, Refusal, RequestFacts, Route, decide
from devkit.gateway.request_ids import CLIENT_REQUEST_ID, client_id, new_id
from devkit.golden.records import chosen

if TYPE_CHECKING:
    from aiohttp import web

    from devkit.gateway.authentication import Verifier
    from devkit.gateway.collecting import Collector
    from devkit.gateway.config import GatewayConfig
    from devkit.gateway.metrics import Counts
    from devkit.gateway.mirror import Mirrors
    from devkit.gateway.routing import LiveBackend, Routing
    from devkit.gateway.upstream import Upstream

__all__ = ["Gateway"]

_ROUTES_AT_MOST = 3
_LAST_ERRORS = 20
_BAD_PATH = Refusal(
    400, "BadRequest", "The request's target must be a path in ASCII, with everything else percent-encoded."
)


class Gateway:
    """Answers the requests of one endpoint.

    Args:
        routing: the configuration in force.
        upstream: how instances are asked.
        mirrors: where copies go.
        verifier: of Microsoft Entra tokens, for `aad_token`.
        collector: writes down what data collectors ask for.
    """

    def __init__(
        self,
        routing: Routing,
        upstream: Upstream,
        mirrors: Mirrors,
        verifier: Verifier | None = None,
        collector: Collector | None = None,
    ) -> None:
        self.routing = routing
        self.verifier = verifier
        self.in_hand = 0
        """Requests that are being answered."""
        self.idle = asyncio.Event()
        """Set while there are none."""
        self.idle.set()
        self.last_errors: deque[dict[str, Any]] = deque(maxlen=_LAST_ERRORS)
        """The newest answers of 400 and above."""
        self._upstream = upstream
        self._mirrors = mirrors
        self._collector = collector
        self._random = random.Random().random  # noqa: S311  shares of traffic are no secret

    def put_in_force(self, config: GatewayConfig, verifier: Verifier | None) -> None:
        """Go by `config` from the next request on."""
        self.routing.put_in_force(config)
        self.verifier = verifier

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if request.raw_path == "/" and request.method in {"GET", "HEAD"}:
            return answers.healthy()
        self.in_hand += 1
        self.idle.clear()
        try:
            return await self._answer(request)
        except CutOffError:
            raise asyncio.CancelledError from None  # ends the connection without a word in the log
        finally:
            self.in_hand -= 1
            if not self.in_hand:
                self.idle.set()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        began = time.perf_counter()
        ids = Ids(new_id(), client_id(request.headers.get(CLIENT_REQUEST_ID)))
        incoming = Incoming(request)
        for attempt in range(_ROUTES_AT_MOST):
            config = self.routing.config
            decision = self._decide(request)
            if isinstance(decision, Refusal):
                return self._refused(decision, ids, began)
            try:
                return await self._exchange(decision, incoming, ids, began)
            except UnreachableError as error:
                if config is self.routing.config or attempt == _ROUTES_AT_MOST - 1:
                    return self._unreachable(decision, error, ids, began)
        raise AssertionError  # the last attempt returned

    def _decide(self, request: web.BaseRequest) -> Route | Refusal:
        if not request.raw_path.startswith("/") or not request.raw_path.isascii():
            return _BAD_PATH
        config, headers = self.routing.config, request.headers
        denial = deny(headers.get("Authorization"), config.authentication, self.verifier, time.time())
        draw = Draw(int(self._random() * DRAWS), int(self._random() * DRAWS))
        facts = RequestFacts(denial, headers.get(DEPLOYMENT_HEADER))
        return decide(facts, self.routing.backends, config.traffic, config.mirror, draw)

    async def _exchange(self, route: Route, incoming: Incoming, ids: Ids, began: float) -> web.StreamResponse:
        backend = self.routing.backends[route.deployment]
        exchange = Exchange(self._upstream, backend, incoming, ids)
        status = CLIENT_LEFT
        collected, at = self._collected(backend), dt.datetime.now(tz=dt.timezone.utc)
        try:
            await incoming.load()
            if route.mirror is not None or collected:
                exchange.keep_copy()
            response = await exchange.run()
            status = response.status if incoming.request.transport is not None else CLIENT_LEFT
        except UnreachableError:
            status = 0
            raise
        except CutOffError as error:
            status = error.status
            raise
        finally:
            if status:
                self._count(backend.counts, status, began, ids, backend.name)
            if exchange.model_status is not None:
                backend.counts.by_model_status[exchange.model_status] += 1
        if route.mirror is not None:
            self._mirror(route.mirror, exchange, incoming, time.perf_counter() - began)
        if collected and self._collector is not None and backend.settings.collecting is not None:
            self._collector.take(backend.settings.collecting, collected, exchange, at)
        return response

    def _collected(self, backend: LiveBackend) -> frozenset[str]:
        """What of this request is to be written down."""
        collecting = backend.settings.collecting
        if collecting is None or self._collector is None:
            return frozenset()
        return chosen(collecting.rates, self._random())

    def _mirror(self, name: str, exchange: Exchange, incoming: Incoming, seconds: float) -> None:
        backend = self.routing.backends.get(name)
        if backend is None:
            return
        body = incoming.copied()
        if body is None:
            backend.counts.mirrored["too_large"] += 1
            return
        request = incoming.request
        headers = to_instance(request.headers, *exchange.ids)
        copied = MirroredRequest(request.method, request.raw_path, headers, body, exchange.ids.request)
        live = Answer(exchange.backend.name, exchange.model_status, seconds, exchange.answered)
        self._mirrors.submit(backend, copied, live)

    def _refused(self, refusal: Refusal, ids: Ids, began: float) -> web.Response:
        self._count(self.routing.unrouted, refusal.status, began, ids, "")
        return answers.refuse(refusal, *ids)

    def _unreachable(self, route: Route, error: UnreachableError, ids: Ids, began: float) -> web.Response:
        response = answers.unavailable(answers.UNAVAILABLE, str(error), *ids)
        backend = self.routing.backends.get(route.deployment)
        self._count(backend.counts if backend else self.routing.unrouted, response.status, began, ids, route.deployment)
        return response

    def _count(self, counts: Counts, status: int, began: float, ids: Ids, deployment: str) -> None:
        counts.observe(status, time.perf_counter() - began)
        if status >= 400:  # noqa: PLR2004  where errors begin
            self.last_errors.append(
                {"time": time.time(), "status": status, "deployment": deployment, "request_id": ids.request}
            )
