"""Which headers go on from the client to an instance, and from an instance to the client. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multidict import CIMultiDict

from devkit.gateway.request_ids import CLIENT_REQUEST_ID, REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MODEL_ERROR_REASON", "MODEL_ERROR_STATUS", "to_client", "to_instance"]

MODEL_ERROR_STATUS = "ms-azureml-model-error-statuscode"
MODEL_ERROR_REASON = "ms-azureml-model-error-reason"

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110, section 7.6.1: meant for the next machine alone."""
_FOR_THE_GATEWAY = frozenset({"authorization", "expect", REQUEST_ID, CLIENT_REQUEST_ID})
"""The key lets into the endpoint and is no business of the script, whose log or data collection would keep it."""
_NOT_TO_INSTANCE = _HOP_BY_HOP | _FOR_THE_GATEWAY
_NOT_TO_CLIENT = _HOP_BY_HOP | {REQUEST_ID, CLIENT_REQUEST_ID}


def to_instance(sent: Mapping[str, str], request_id: str, client_id: str | None) -> CIMultiDict[str]:
    """The headers of the request that an instance gets."""
    return _passed_on(sent, _NOT_TO_INSTANCE, request_id, client_id)


def to_client(answered: Mapping[str, str], request_id: str, client_id: str | None) -> CIMultiDict[str]:
    """The headers of the answer that the client gets."""
    return _passed_on(answered, _NOT_TO_CLIENT, request_id, client_id)


def _passed_on(
    headers: Mapping[str, str], left_out: frozenset[str], request_id: str, client_id: str | None
) -> CIMultiDict[str]:
    named = headers.get("Connection")
    if named is not None and named.lower() not in {"keep-alive", "close"}:
        left_out |= {word.strip().lower() for word in named.split(",")}
    passed = CIMultiDict(
        [
            (name, value if value.isascii() else _as_text(value))
            for name, value in headers.items()
            if name.lower() not in left_out
        ]
    )
    passed[REQUEST_ID] = request_id
    if client_id is not None:
        passed[CLIENT_REQUEST_ID] = client_id
    return passed


def _as_text(value: str) -> str:
    """A value that can be sent: bytes that are no UTF-8 came in as lone surrogates, which no encoder takes."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
