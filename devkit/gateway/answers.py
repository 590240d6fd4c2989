"""The answers that the gateway gives itself.

The managed service's statuses are documented, its texts are not: clients go by the status. Ours say what to do.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aiohttp import web
from multidict import CIMultiDict

from devkit.gateway.headers import MODEL_ERROR_REASON, MODEL_ERROR_STATUS
from devkit.gateway.request_ids import CLIENT_REQUEST_ID, REQUEST_ID

if TYPE_CHECKING:
    from devkit.gateway.policy import Refusal

__all__ = ["healthy", "refuse", "unavailable"]

UNAVAILABLE = 503
BROKEN = 502
_FAILED_DEPENDENCY = 424


def healthy() -> web.Response:
    """The gateway's own health."""
    return web.Response(text="Healthy")


def refuse(refusal: Refusal, request_id: str, client_id: str | None) -> web.Response:
    """A refusal as an answer."""
    return _answer(refusal.status, refusal.code, refusal.message, CIMultiDict(_ids(request_id, client_id)))


def unavailable(status: int, message: str, request_id: str, client_id: str | None) -> web.Response:
    """No instance answered: 424, as for every answer of a container that is not 200, with `status` for the container's.

    Args:
        status: 503 where none could be reached, 502 where one broke off.
        message: what happened.
        request_id: the service's id of the request.
        client_id: the client's own, if any.
    """
    headers = CIMultiDict(_ids(request_id, client_id))
    headers[MODEL_ERROR_STATUS] = str(status)
    headers[MODEL_ERROR_REASON] = "model_error"
    return _answer(_FAILED_DEPENDENCY, "ModelUnavailable", message, headers)


def _ids(request_id: str, client_id: str | None) -> list[tuple[str, str]]:
    ids = [(REQUEST_ID, request_id)]
    return ids if client_id is None else [*ids, (CLIENT_REQUEST_ID, client_id)]


def _answer(status: int, code: str, message: str, headers: CIMultiDict[str]) -> web.Response:
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    headers["Content-Type"] = "application/json"
    return web.Response(status=status, body=body, headers=headers)
