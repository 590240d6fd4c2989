"""The application: every route of the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from devkit.control_plane.api.assets import AssetRoutes
from devkit.control_plane.api.guard import errors, guard
from devkit.control_plane.api.local import LocalRoutes
from devkit.control_plane.api.online import OnlineRoutes
from devkit.control_plane.api.storage import StorageRoutes

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.control_plane.operations import Operations

__all__ = ["make_app"]

_LARGEST_BODY = 256 * 1024 * 1024


def make_app(operations: Operations, token: str, end: Callable[[], None]) -> web.Application:
    """The application over `operations`, for the holder of `token`; `end` begins the end of the process."""
    app = web.Application(middlewares=[errors, guard(token)], client_max_size=_LARGEST_BODY)
    app.add_routes(OnlineRoutes(operations).routes())
    app.add_routes(AssetRoutes(operations, token).routes())
    app.add_routes(StorageRoutes(operations, token).routes())
    app.add_routes(LocalRoutes(operations, end).routes())
    return app
