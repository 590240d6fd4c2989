"""Asking an instance: connections that are kept, and nothing added to the request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from devkit.gateway.bodies import SMALL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from multidict import CIMultiDict

    from devkit.gateway.routing import LiveTarget

__all__ = ["BrokenError", "RefusedError", "Upstream"]

_IDLE_S = 1.5
"""Shorter than gunicorn's two seconds, so that a request is hardly ever sent into a connection that is being closed."""
_URLS = 512
_NOT_BY_ITSELF = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class RefusedError(Exception):
    """The instance took no connection: nothing was sent, and another one may be asked."""


class BrokenError(Exception):
    """The connection broke before an answer came: the instance may have worked on the request."""


class Upstream:
    """All instances of an endpoint. Make and close it inside the event loop that uses it."""

    def __init__(self) -> None:
        self._urls: dict[tuple[str, int, str], URL] = {}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_NOT_BY_ITSELF,
            read_bufsize=SMALL,
            max_line_size=32 * 1024,
            max_field_size=32 * 1024,
        )

    async def ask(
        self,
        target: LiveTarget,
        method: str,
        path: str,
        headers: CIMultiDict[str],
        body: bytes | AsyncIterator[bytes] | None,
    ) -> aiohttp.ClientResponse:
        """Send a request and wait for the head of its answer; release or read the response to keep its connection.

        Raises:
            RefusedError: no connection.
            BrokenError: no answer.
        """
        try:
            return await self._session.request(
                method, self._url(target, path), headers=headers, data=body, allow_redirects=False
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise RefusedError(str(error)) from error
        except (aiohttp.ClientError, asyncio.IncompleteReadError, OSError) as error:
            raise BrokenError(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    def _url(self, target: LiveTarget, path: str) -> URL:
        key = (target.host, target.port, path)
        url = self._urls.get(key)
        if url is None:
            if len(self._urls) >= _URLS:
                self._urls.clear()
            host = f"[{target.host}]" if ":" in target.host else target.host
            url = self._urls[key] = URL(f"http://{host}:{target.port}{path}", encoded=True)
        return url
