"""The gateway's second port, for the control plane: loopback alone, and nothing without the token."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from aiohttp import web

from devkit.gateway.authentication import bearer
from devkit.gateway.files import ConfigError
from devkit.gateway.metrics import render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devkit.gateway.metrics import Counts
    from devkit.gateway.mirror import Mirrors
    from devkit.gateway.routing import LiveBackend
    from devkit.gateway.server import Gateway

__all__ = ["Admin", "state"]


class Admin:
    """Answers `POST /reload`, `POST /stop`, `GET /metrics` and `GET /state`.

    Args:
        token: what the caller must send as bearer token.
        gateway: what is told of.
        mirrors: what is told of.
        reload: puts the configuration of the file in force and gives its revision, or raises `ConfigError`.
        stop: begins the end: what is in hand is answered, then the process ends.
    """

    def __init__(
        self,
        token: str,
        gateway: Gateway,
        mirrors: Mirrors,
        reload: Callable[[], int],
        stop: Callable[[], None],
    ) -> None:
        self._token = token.encode()
        self._gateway = gateway
        self._mirrors = mirrors
        self._reload = reload
        self._stop = stop

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        sent = bearer(request.headers.get("Authorization")) or ""
        if not hmac.compare_digest(sent.encode(errors="surrogateescape"), self._token):
            return web.json_response({"error": "unauthorized"}, status=401)
        match request.method, request.path:
            case "POST", "/reload":
                return self._reloaded()
            case "POST", "/stop":
                self._stop()
                return web.json_response({})
            case "GET", "/metrics":
                return web.Response(text=self._metrics())
            case "GET", "/state":
                return web.json_response(state(self._gateway, self._mirrors))
        return web.json_response({"error": "not found"}, status=404)

    def _reloaded(self) -> web.Response:
        try:
            return web.json_response({"revision": self._reload()})
        except ConfigError as error:
            return web.json_response({"error": str(error)}, status=400)

    def _metrics(self) -> str:
        backends = self._gateway.routing.backends
        counts = {"": self._gateway.routing.unrouted} | {name: live.counts for name, live in backends.items()}
        return render(counts, {name: _gauges(live) for name, live in backends.items()})


def state(gateway: Gateway, mirrors: Mirrors) -> dict[str, Any]:
    """Everything that `GET /state` tells."""
    routing = gateway.routing
    return {
        "endpoint": routing.config.endpoint,
        "revision": routing.config.revision,
        "in_flight": gateway.in_hand,
        "leaving": routing.leaving(),
        "traffic": dict(routing.config.traffic),
        "mirror": dict(routing.config.mirror),
        "unrouted": _counted(routing.unrouted),
        "deployments": {name: _told(live) for name, live in routing.backends.items()},
        "last_errors": list(gateway.last_errors),
        "last_mirrored": list(mirrors.last),
    }


def _told(live: LiveBackend) -> dict[str, Any]:
    instances = {
        target.name: {"in_flight": target.in_flight, "no_timeout": target.no_timeout} for target in live.targets
    }
    return {**_gauges(live), **_counted(live.counts), "targets": instances}


def _gauges(live: LiveBackend) -> Mapping[str, int]:
    return {"in_flight": live.gate.active, "waiting": live.gate.waiting, "instances": len(live.targets)}


def _counted(counts: Counts) -> dict[str, Any]:
    return {
        "requests": counts.requests,
        "errors": counts.errors,
        "by_status": {str(status): count for status, count in counts.by_status.items()},
        "by_model_status": {str(status): count for status, count in counts.by_model_status.items()},
        "mirrored": dict(counts.mirrored),
        "seconds": counts.seconds,
        "p50_s": counts.quantile(0.5),
        "p99_s": counts.quantile(0.99),
    }
