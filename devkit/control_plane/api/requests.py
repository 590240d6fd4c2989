"""What every handler needs: the workspace's path, the body, and the headers of long-running operations."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from aiohttp import web

from devkit.control_plane.errors import BadArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.control_plane.records import OperationRecord

__all__ = ["LOCATION", "WORKSPACE", "body_of", "in_thread", "locate", "page", "root_of"]

WORKSPACE = (
    "/subscriptions/{subscription}/resourceGroups/{group}"
    "/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"
)
LOCATION = "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/local"
_POLL_MILLISECONDS = 100
_OPERATION_TIMEOUT = "PT2H"

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


async def in_thread(
    function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
) -> Result:
    """Call what may block."""
    return await asyncio.to_thread(function, *arguments, **named)


def root_of(request: web.Request) -> str:
    """The path of the workspace that the request names."""
    info = request.match_info
    return WORKSPACE.format(subscription=info["subscription"], group=info["group"], workspace=info["workspace"])


async def body_of(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object; none at all is an empty one.

    Raises:
        BadArgumentError: it is something else.
    """
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise BadArgumentError(f"The body is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise BadArgumentError("The body must be a JSON object.")
    return body


def page(values: list[dict[str, Any]]) -> web.Response:
    """A list, whole."""
    return web.json_response({"value": values})


def locate(request: web.Request, operation: OperationRecord, *, accepted: bool) -> dict[str, str]:
    """The headers that tell where to ask how far an operation is; with a Location where the answer is 202."""
    location = LOCATION.format(subscription=request.match_info["subscription"])
    base = f"{request.scheme}://{request.host}{location}"
    query = f"?api-version={request.query.get('api-version', '2025-04-01')}"
    headers = {
        "Azure-AsyncOperation": f"{base}/mfeOperationsStatus/{operation.id}{query}",
        # and no Retry-After: azure-core would prefer it, and in whole seconds
        "x-ms-retry-after-ms": str(_POLL_MILLISECONDS),
        "x-ms-async-operation-timeout": _OPERATION_TIMEOUT,
    }
    if accepted:
        headers["Location"] = f"{base}/mfeOperationResults/{operation.id}{query}"
    return headers
