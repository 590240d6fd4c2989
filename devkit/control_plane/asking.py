"""Ask a probe's route of an instance, once."""

from __future__ import annotations

import http.client

__all__ = ["answers"]

_GOOD = range(200, 400)


def answers(host: str, port: int, path: str, timeout_s: float) -> bool:
    """Whether the route answers with a status from 200 to 399 within `timeout_s` seconds, as the kubelet counts."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers={"User-Agent": "devkit-probe/1", "Connection": "close"})
        return connection.getresponse().status in _GOOD
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
