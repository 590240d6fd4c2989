"""Who may ask: the holder of the token, from this machine, and no web page."""

from __future__ import annotations

import hashlib
import hmac
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from devkit.control_plane.content import BLOBS
from devkit.control_plane.errors import ServiceError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

__all__ = ["METADATA", "blob_signature", "errors", "foreign", "guard"]

_LOGGER = logging.getLogger(__name__)
_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_FIRST_ERROR = 400

METADATA = "/metadata/endpoints"
"""Tells nothing but this server's own address, so that it may be read without a token, as Azure's."""


def blob_signature(token: str, container: str) -> str:
    """What stands in the place of a SAS signature in a container's address: it lets put blobs, and no more."""
    return hmac.new(token.encode(), f"blobs/{container}".encode(), hashlib.sha256).hexdigest()


def foreign(host: str | None, origin: str | None) -> str | None:
    """Why a request is none of this machine's own; None when all is well.

    A page of the web can make a browser send requests here, also under a name of its own that points to loopback; but
    it cannot choose the Host header, and browsers tell the Origin.
    """
    if urlsplit(f"//{host or ''}").hostname not in _HOSTS:
        return "The Host header names another machine."
    if origin is not None and urlsplit(origin).netloc != host:
        return "The Origin header names another site."
    return None


def guard(token: str) -> Middleware:
    """Let in requests with the bearer token, and blobs with their container's signature."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = foreign(request.headers.get("Host"), request.headers.get("Origin"))
        if refusal:
            raise ServiceError(refusal, code="Forbidden", status=403)
        if not _is_let_in(request, token):
            raise ServiceError(
                "The token is missing or wrong; it stands in .devkit/control.json.",
                code="InvalidAuthenticationToken",
                status=401,
            )
        return await handler(request)

    return check


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in Azure Resource Manager's shape; what nobody foresaw is logged whole."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        failure = ServiceError(f"{request.method} {request.path}: {error.reason}.", code=error.reason.replace(" ", ""))
        return web.json_response({"error": failure.to_json()}, status=error.status)
    except ServiceError as error:
        status = error.status if error.status >= _FIRST_ERROR else 500
        return web.json_response({"error": error.to_json()}, status=status)
    except Exception as error:
        _LOGGER.exception("%s %s", request.method, request.path)
        failure = ServiceError(f"{type(error).__name__}: {error}. The control plane's log has the details.")
        return web.json_response({"error": failure.to_json()}, status=500)


def _is_let_in(request: web.Request, token: str) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), token.encode())
    if request.path == METADATA:
        return True
    if not request.path.startswith(f"{BLOBS}/"):
        return False
    container = request.path[len(BLOBS) + 1 :].partition("/")[0]
    signature = request.query.get("sig", "")
    return hmac.compare_digest(signature.encode(), blob_signature(token, container).encode())
