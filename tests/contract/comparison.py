"""What counts as the same answer, and the named entries that strict mode cannot reproduce."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tests.contract.model import RECORDED

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ONLY_LIVE", "UNREPRODUCED", "Compared", "Differing", "compared", "differing", "recorded", "recorded_log"]

UNREPRODUCED: Mapping[tuple[str, str], str] = {
    ("results", "aml status bad"): "gunicorn's own HTML error: a status below 100 cannot be sent",
    ("results", "system exit"): "gunicorn's own HTML error",
    ("results", "keyboard interrupt"): "gunicorn's own HTML error",
    ("results", "generator exit"): "gunicorn's own HTML error",
    ("limits", "header of 9 kB"): "gunicorn's own HTML error, and its limit on headers",
    ("limits", "line of 5 kB"): "gunicorn's own HTML error, and its limit on the request line",
    ("limits", "200 headers"): "gunicorn's own HTML error, and its limit on the number of headers",
}
"""Requests whose recorded answer is not azmlinfsrv's but its HTTP server's: (service, request) -> why."""

ONLY_LIVE: Mapping[tuple[str, str], str] = {
    **{
        (service, "swagger <b>"): "the HTTP parser refuses characters that no URI may have"
        for service in ("routes", "standard_schema", "mixed_schema")
    },
    ("ids", "id with latin-1"): "the HTTP server drops a header value that is not ASCII",
    ("raw", "raw latin-1 header"): "the HTTP server drops a header value that is not ASCII",
    ("headers", "headers"): "the HTTP server hands the headers over in another order",
    ("results", "raising generator"): "the HTTP server ends a stream that broke as if it were complete",
}
"""Requests that the applications answer alike, but not the HTTP server under them."""

SERVERS_OWN = frozenset({"server", "connection", "date", "keep-alive"})
"""Headers that the HTTP server writes: azmlinfsrv's closes each connection and names itself gunicorn."""


class Compared(NamedTuple):
    """An answer reduced to what has to agree. Header names are compared without case, as HTTP has them."""

    status: int
    reason: str
    headers: list[str]
    body: Any


Differing: TypeAlias = "dict[str, tuple[Compared | None, Compared | None]]"


def recorded(service: str) -> dict[str, Any]:
    """Give azmlinfsrv's answers to the requests of ``service``."""
    answers: dict[str, Any] = _recording(service)["answers"]
    return answers


def recorded_log(service: str) -> list[str]:
    """Give the lines that azmlinfsrv logged meanwhile."""
    lines: list[str] = _recording(service)["log"]
    return lines


def _recording(service: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((RECORDED / f"{service}.json").read_text(encoding="utf-8"))
    return content


def compared(answer: dict[str, Any], *, live: bool) -> Compared | None:
    """Reduce an answer; None for a dropped connection.

    Without a socket a reason phrase that is not the standard one is compared too (a server may send the standard one in
    its place), and the framing of a stream is not there yet.
    """
    if "dropped" in answer:
        return None
    code, _, reason = answer["status"].partition(" ")
    left_out = SERVERS_OWN if live else SERVERS_OWN | {"transfer-encoding"}
    split = (header.partition(": ") for header in answer["headers"])
    headers = sorted(
        f"{name.lower()}: {_value(name.lower(), value)}" for name, _, value in split if name.lower() not in left_out
    )
    return Compared(int(code), "" if live else _reason(int(code), reason), headers, answer["body"])


def _reason(code: int, reason: str) -> str:
    standard = HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else reason
    return "<standard>" if reason.upper() == standard.upper() and reason in {standard, standard.upper()} else reason


def _value(name: str, value: str) -> str:
    """Sort the methods of ``Allow``: Flask takes them from a set, so that their order varies by process."""
    return ", ".join(sorted(re.split(r", *", value))) if name == "allow" else value


def differing(ours: Mapping[str, Any], service: str, *, live: bool, ignore_version: bool = False) -> Differing:
    """Give the requests whose answer is not the recorded one: (ours, azmlinfsrv's).

    Outside strict mode our server gives its own name and version, which ``ignore_version`` leaves out.
    """
    theirs = recorded(service)
    pairs = {name: (compared(answer, live=live), compared(theirs[name], live=live)) for name, answer in ours.items()}
    if ignore_version:
        pairs = {name: (_without_version(one), _without_version(other)) for name, (one, other) in pairs.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _without_version(answer: Compared | None) -> Compared | None:
    if answer is None:
        return None
    return answer._replace(headers=[each for each in answer.headers if not each.startswith("x-ms-server-version:")])
