"""The rules for request ids, as azmlinfsrv 1.5.1 has them (read and observed 2026-11-21). Pure.

``x-request-id`` names one request and is made up when the client sends none. ``x-ms-client-request-id`` is the client's
own name for it. ``x-ms-request-id`` is the deprecated header that once meant both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_ID_LENGTH", "RequestIds", "resolve"]

MAX_ID_LENGTH = 100
"""Characters that an id may have."""

_REQUEST_ID_TOO_LONG = f"x-request-id must not exceed {MAX_ID_LENGTH} characters"
_CLIENT_ID_TOO_LONG = f"x-ms-request-id and x-ms-client-request-id must not exceed {MAX_ID_LENGTH} characters"


class RequestIds(NamedTuple):
    """The ids of one request; an empty one is not sent. `error` is the message of a 431, or None."""

    request_id: str
    legacy_id: str
    client_id: str
    used_legacy_header: bool = False
    error: str | None = None

    def headers(self) -> list[tuple[str, str]]:
        """The headers of the reply, in azmlinfsrv's order."""
        request_id, legacy_id, client_id, _, _ = self
        if request_id and legacy_id and not client_id:  # nearly every reply
            return [("x-request-id", request_id), ("x-ms-request-id", legacy_id)]
        named = (
            ("x-request-id", request_id),
            ("x-ms-request-id", legacy_id),
            ("x-ms-client-request-id", client_id),
        )
        return [(name, value) for name, value in named if value]


def resolve(
    request_id: str | None, legacy_id: str | None, client_id: str | None, new_id: Callable[[], str]
) -> RequestIds:
    """Decide the ids of a request from its three headers, each None where it was not sent.

    Args:
        request_id: ``x-request-id``.
        legacy_id: ``x-ms-request-id``.
        client_id: ``x-ms-client-request-id``.
        new_id: makes an id when the client sent no `request_id`.
    """
    if request_id is None:
        request_id = new_id()
    elif len(request_id) > MAX_ID_LENGTH:
        return RequestIds("", "", "", error=_REQUEST_ID_TOO_LONG)
    if legacy_id is None and client_id is None:  # nearly every request
        return RequestIds(request_id, request_id, "")
    client = client_id or legacy_id or ""
    legacy = legacy_id or client or request_id
    if len(legacy) > MAX_ID_LENGTH or len(client) > MAX_ID_LENGTH:
        return RequestIds(request_id, "", "", bool(legacy_id), _CLIENT_ID_TOO_LONG)
    return RequestIds(request_id, legacy, client, bool(legacy_id))
