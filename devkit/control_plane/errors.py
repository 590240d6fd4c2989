"""What the service refuses and what fails, as both sides of the wire know it: a code, a message, a status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "BadArgumentError",
    "ConflictError",
    "CutOffError",
    "ExistsError",
    "NotFoundError",
    "NotReachedError",
    "OperationFailedError",
    "ServiceError",
    "StateError",
    "error_of",
]


class ServiceError(Exception):
    """A request was refused, or an operation failed. ``str(error)`` says what happened, why, and what to do.

    Attributes:
        code: the service's name for it: BadArgument, ResourceNotFound, ResourceNotReady, ImageBuildFailure, …
        message: the sentence for people.
        status: the HTTP status that it is answered with.
        log: the end of what a build or the user's script printed; empty where there is none.
        exit_code: what a command ends with: 1, or 3 where there was nobody to ask.
    """

    code: str = "InternalServerError"
    status: int = 500
    exit_code: int = 1

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None, log: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.log = log

    def to_json(self) -> dict[str, Any]:
        """Azure Resource Manager's error: code, message, details; the log stands in the details, as the service's."""
        details = [{"code": "Log", "message": self.log, "details": []}] if self.log else []
        return {"code": self.code, "message": self.message, "details": details, "additionalInfo": []}


class BadArgumentError(ServiceError):
    """What was asked for cannot be meant; the request changed nothing."""

    code = "BadArgument"
    status = 400


class NotFoundError(ServiceError):
    """There is nothing of that name."""

    code = "ResourceNotFound"
    status = 404


class ConflictError(ServiceError):
    """Not now: something else is going on with the same resource, or others depend on it."""

    code = "Conflict"
    status = 409


class ExistsError(ServiceError):
    """It was to be new, and is there already; the request changed nothing."""

    code = "PreconditionFailed"
    status = 412


class OperationFailedError(ServiceError):
    """An operation that had begun came to an end without success."""

    status = 200


class StateError(ServiceError):
    """The state could not be written or read: the disk is full, or another user's."""

    code = "StateNotWritten"
    status = 507


class NotReachedError(ServiceError):
    """Nobody answered where the control plane or Azure should be."""

    code = "NotReached"
    status = 503
    exit_code = 3


class CutOffError(Exception):
    """The control plane ends in the midst of an operation; the next one takes it up."""


_BY_STATUS: dict[int, type[ServiceError]] = {
    kind.status: kind for kind in (BadArgumentError, NotFoundError, ConflictError, ExistsError, StateError)
}


def error_of(body: Any, status: int, kind: type[ServiceError] | None = None) -> ServiceError:
    """The error that an answer tells of; whatever the body is, it is never lost."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    error = error if isinstance(error, dict) else {}
    kind = kind or _BY_STATUS.get(status, ServiceError)
    message = str(error.get("message") or body or f"The answer was {status}.")
    return kind(message, code=error.get("code"), status=status, log=_log(error.get("details") or ()))


def _log(details: Sequence[Any]) -> str:
    return "\n".join(
        str(detail.get("message", "")) for detail in details if isinstance(detail, dict) and detail.get("code") == "Log"
    )
