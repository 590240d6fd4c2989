"""Cross-origin headers, as flask-cors 6.0.5 makes them under azmlinfsrv 1.5.1 (read and observed 2026-11-21). Pure.

azmlinfsrv sets the origins and the methods GET and POST, and leaves flask-cors's defaults otherwise: an origin that
looks like a regular expression is one, ``*`` is every origin and is answered with the request's own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from inference_server.errors import StartupError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Cors"]

_METHODS = ("GET", "POST")
_REGEX_SIGNS = frozenset("*\\]?$^[]()")


class Cors:
    """The headers for a list of allowed origins.

    Raises StartupError where an origin looks like a regular expression and is none.
    """

    def __init__(self, origins: Sequence[str]) -> None:
        self._any = "*" in origins
        self._literals = sorted(origin for origin in origins if not _is_regex(origin))
        self._patterns = [_compile(origin) for origin in origins if _is_regex(origin)]

    def headers(self, method: str, request: Mapping[str, str]) -> list[tuple[str, str]]:
        """The headers to add to a reply.

        Args:
            method: the request's.
            request: its headers; looked up by their canonical names.
        """
        origin = self._allowed(request.get("Origin"))
        if not origin:
            return []
        headers = [("Access-Control-Allow-Origin", origin)]
        if request.get("Access-Control-Request-Private-Network") == "true":
            headers.append(("Access-Control-Allow-Private-Network", "false"))
        if method == "OPTIONS" and request.get("Access-Control-Request-Method", "").upper() in _METHODS:
            asked = request.get("Access-Control-Request-Headers")
            if asked:
                headers.append(("Access-Control-Allow-Headers", ", ".join(sorted(map(str.strip, asked.split(","))))))
            headers.append(("Access-Control-Allow-Methods", ", ".join(_METHODS)))
        if origin != "*" and (self._patterns or len(self._literals) > 1):
            headers.append(("Vary", "Origin"))
        return headers

    def _allowed(self, origin: str | None) -> str | None:
        """The one origin to name in the reply; without an Origin in the request, the first that would be allowed."""
        if not origin:
            return "*" if self._any else next(iter(self._literals), None)
        if any(pattern.match(origin) for pattern in self._patterns):
            return origin
        return origin if origin.casefold() in map(str.casefold, self._literals) else None


def _is_regex(origin: str) -> bool:
    return not _REGEX_SIGNS.isdisjoint(origin)


def _compile(origin: str) -> re.Pattern[str]:
    try:
        return re.compile(".*" if origin == "*" else origin, re.IGNORECASE)
    except re.error as error:
        raise StartupError(
            f"The origin {origin!r} has one of {''.join(sorted(_REGEX_SIGNS))} and is therefore read as a regular "
            f"expression, but it is none: {error}. Correct --access_control_allow_origins (AML_CORS_ORIGINS)."
        ) from None
