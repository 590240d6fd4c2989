"""Talking to a running gateway's admin port."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devkit.gateway.config import GatewayStatus

__all__ = ["AdminClient", "GatewayError"]

_TIMEOUT_S = 10.0
_OK = 200


class GatewayError(Exception):
    """A gateway did not do what it was asked; `str(error)` says what happened, why, and what to do."""


class AdminClient:
    """Asks one gateway; blocks, so call it in a thread.

    Args:
        status: what the gateway wrote beside its configuration.
    """

    def __init__(self, status: GatewayStatus) -> None:
        self._status = status

    def reload(self) -> int:
        """Put the newest configuration in force; the revision that is in force when this returns.

        Raises:
            GatewayError: it was refused, and the old one holds; or the gateway does not answer.
        """
        return int(json.loads(self._ask("POST", "/reload"))["revision"])

    def state(self) -> dict[str, Any]:
        """What is in hand, the counts of each deployment, the last errors and mirror comparisons.

        Raises:
            GatewayError: the gateway does not answer.
        """
        told: dict[str, Any] = json.loads(self._ask("GET", "/state"))
        return told

    def metrics(self) -> str:
        """The counters as Prometheus reads them.

        Raises:
            GatewayError: the gateway does not answer.
        """
        return self._ask("GET", "/metrics")

    def stop(self) -> None:
        """Let it answer what it has in hand, and end.

        Raises:
            GatewayError: the gateway does not answer.
        """
        self._ask("POST", "/stop")

    def _ask(self, method: str, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._status.admin_port, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, headers={"Authorization": f"Bearer {self._status.admin_token}"})
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise GatewayError(f"The gateway (process {self._status.pid}) does not answer: {error}.") from None
        finally:
            connection.close()
        if response.status != _OK:
            raise GatewayError(_reason(text))
        return text


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text
