"""The ids of a request at the front, as the managed service has them (troubleshooting online endpoints, read 2026-11).

`x-request-id` is the service's: whatever the client sent is overwritten by a GUID. `x-ms-client-request-id` is the
client's: of it remain letters, digits, `-` and `_`, at most 40 of them.
"""

from __future__ import annotations

import re
import uuid

__all__ = ["CLIENT_REQUEST_ID", "MAX_CLIENT_ID_LENGTH", "REQUEST_ID", "client_id", "new_id"]

REQUEST_ID = "x-request-id"
CLIENT_REQUEST_ID = "x-ms-client-request-id"
MAX_CLIENT_ID_LENGTH = 40
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_-]+")


def new_id() -> str:
    """A GUID."""
    return str(uuid.uuid4())


def client_id(sent: str | None) -> str | None:
    """What the service makes of the client's own id; None where nothing remains."""
    if not sent:
        return None
    return _NOT_ALLOWED.sub("", sent)[:MAX_CLIENT_ID_LENGTH] or None
