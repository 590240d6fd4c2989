"""Where default mode answers otherwise than azmlinfsrv, on purpose: the named differences of docs/compatibility.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.comparison import Compared

__all__ = ["DIFFERENCES", "Difference"]

IDS = ("x-request-id", "x-ms-request-id", "x-ms-client-request-id", "traceid")
INTERNAL = "An unexpected internal error occurred. Check the logs for more info."
FAILED = "An unexpected error occurred in scoring script. Check the logs for more info."


@dataclass(frozen=True)
class Difference:
    """One difference: its heading in docs/compatibility.md, and which answers it may change into which.

    ``explains`` takes the request's name, our answer and azmlinfsrv's.
    """

    name: str
    services: frozenset[str] | None
    explains: Callable[[str, Compared, Compared], bool]


def _served(_: str, ours: Compared, theirs: Compared) -> bool:
    return ours.status == 200 and theirs.status == 500 and INTERNAL in theirs.body


def _refusal(_: str, ours: Compared, theirs: Compared) -> bool:
    added = [header for header in ours.headers if header not in theirs.headers]
    same = (ours.status, ours.body) == (theirs.status, theirs.body)
    return same and ours.status in {404, 405} and _only(added, "allow", *IDS) and _subset(theirs, ours)


def _form(name: str, ours: Compared, theirs: Compared) -> bool:
    return name in {"form", "form with json", "multipart"} and theirs.body == '{"input": ""}' != ours.body


def _schema_mismatch(_: str, ours: Compared, theirs: Compared) -> bool:
    named = isinstance(ours.body, str) and "does not fit the schema of run()" in ours.body
    return ours.status == 400 and theirs.status == 500 and FAILED in theirs.body and named


def _undecodable(_: str, ours: Compared, theirs: Compared) -> bool:
    decoding = isinstance(ours.body, str) and "could not be decoded as JSON" in ours.body
    return ours.status == 400 and theirs.status == 500 and INTERNAL in theirs.body and decoding


def _own_timeout(_: str, ours: Compared, theirs: Compared) -> bool:
    return ours.status == theirs.status == 500 and FAILED in ours.body and "Scoring timeout after" in theirs.body


def _real_request(_: str, ours: Compared, theirs: Compared) -> bool:
    if not isinstance(theirs.body, str):
        return False
    as_ours = theirs.body.replace('"is AMLRequest": false', '"is AMLRequest": true').replace("LocalProxy", "AMLRequest")
    return bool(ours.body == as_ours)


def _only(headers: list[str], *names: str) -> bool:
    return all(header.partition(":")[0] in names for header in headers)


def _subset(smaller: Compared, larger: Compared) -> bool:
    return all(header in larger.headers for header in smaller.headers)


DIFFERENCES = (
    Difference("404 and 405", None, _refusal),
    Difference("Results of run()", frozenset({"results", "arrays", "coroutine", "generator_run"}), _served),
    Difference("Form bodies", frozenset({"input"}), _form),
    Difference("Wrong input under @input_schema", None, _schema_mismatch),
    Difference("JSON that cannot be decoded", None, _undecodable),
    Difference("A script's own TimeoutError", frozenset({"results", "deadline"}), _own_timeout),
    Difference("The request of @rawhttp", frozenset({"raw", "cors_raw"}), _real_request),
)
