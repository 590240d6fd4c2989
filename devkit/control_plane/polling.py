"""Waiting for a long-running operation, as Azure Resource Manager tells of one: in headers, and a status to poll."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.control_plane.errors import OperationFailedError, ServiceError, error_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Answer", "LongRunning", "OperationStatus"]

_DEFAULT_WAIT_SECONDS = 5.0
_ACCEPTED = 202
_MILLISECONDS = 1000.0
_ENDED_WELL = frozenset({"Succeeded"})
_ENDED_BADLY = frozenset({"Failed", "Canceled"})


@dataclass(frozen=True)
class Answer:
    """An HTTP answer with its JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def resource(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        return self.body if isinstance(self.body, dict) else {}

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that the service asks to wait. A Retry-After of 0 means "as you like", as it does to azure-core."""
        milliseconds = self.header("x-ms-retry-after-ms")
        if milliseconds and milliseconds.isdigit():
            return int(milliseconds) / _MILLISECONDS
        seconds = self.header("Retry-After")
        return float(seconds) if seconds and seconds.isdigit() and seconds != "0" else None


@dataclass(frozen=True)
class OperationStatus:
    """How far an operation is."""

    status: str
    """InProgress, Succeeded, Failed or Canceled."""
    percent: float | None = None
    progress: tuple[str, ...] = ()
    """The lines told since the operation began, from the local control plane: builds, roll-outs."""
    body: Mapping[str, Any] = field(default_factory=dict)


class LongRunning:
    """An operation that was begun. It goes on whether or not somebody waits for it."""

    def __init__(self, method: str, address: str, first: Answer, request: Callable[[str, str], Answer]) -> None:
        self._method = method
        self._resource = address
        self._request = request
        self._status_address = first.header("Azure-AsyncOperation")
        self._location = first.header("Location")
        self._last = first

    @property
    def resource(self) -> dict[str, Any]:
        """The body of the first answer: the resource while it is created or changed."""
        return self._last.resource

    def poll(self) -> OperationStatus:
        """Ask once how far it is."""
        if self._status_address:
            answer = self._last = self._request("GET", self._status_address)
            return _status(answer.body)
        if self._location and self._last.status == _ACCEPTED:
            answer = self._last = self._request("GET", self._location)
            return OperationStatus("InProgress" if answer.status == _ACCEPTED else "Succeeded")
        return OperationStatus("Succeeded")

    def wait(
        self, progress: Callable[[OperationStatus], None] | None = None, timeout_s: float | None = None
    ) -> dict[str, Any]:
        """Wait for its end and return the resource as it stands then; `{}` after a deletion.

        Raises:
            OperationFailedError: it failed or was cancelled; with the service's code, message and log.
            ServiceError: it did not end within `timeout_s`; it goes on nevertheless.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            status = self.poll()
            if progress is not None:
                progress(status)
            if status.status in _ENDED_WELL:
                return self._result()
            if status.status in _ENDED_BADLY:
                raise error_of(status.body, 200, OperationFailedError)
            if deadline is not None and time.monotonic() > deadline:
                raise ServiceError(f"It has not ended within {timeout_s:g} s; it goes on.", code="Timeout", status=504)
            time.sleep(_pause(self._last))

    def _result(self) -> dict[str, Any]:
        if self._method == "DELETE" or "/regenerateKeys" in self._resource:
            return {}
        return self._request("GET", self._resource).resource


def _status(body: Any) -> OperationStatus:
    body = body if isinstance(body, dict) else {}
    properties = body.get("properties") or {}
    return OperationStatus(
        status=str(body.get("status", "InProgress")),
        percent=body.get("percentComplete"),
        progress=tuple(properties.get("devkit.progress", ())),
        body=body,
    )


def _pause(answer: Answer) -> float:
    """Seconds until the next look."""
    told = answer.retry_after_s
    return _DEFAULT_WAIT_SECONDS if told is None else told
