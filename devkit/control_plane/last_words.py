"""Which line of an instance's log says why it ended. Pure."""

from __future__ import annotations

import re

__all__ = ["last_words"]

_EXCEPTION = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Exit|Interrupt|Warning)\b(?::|$)")
_CAUSED = ("The above exception was the direct cause", "During handling of the above exception")


def last_words(log: str) -> str:
    """The line that names the script's own error, else the last one.

    Servers wrap what a script raised, and print more while they end: azmlinfsrv its own exception on top, runit's
    services that they stopped. Of a chain of exceptions the first is the script's.
    """
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    if not lines:
        return "It printed nothing."
    named = [number for number, line in enumerate(lines) if _EXCEPTION.match(line)]
    if not named:
        return lines[-1]
    first = len(named) - 1
    while first > 0 and any(line.startswith(_CAUSED) for line in lines[named[first - 1] : named[first]]):
        first -= 1
    return lines[named[first]]
