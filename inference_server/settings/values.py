"""Text to value, one pure function a kind of value. Each raises ValueError with what it expected, as half a sentence.

Flags and environment variables are text; a config file's numbers, booleans and lists are turned into the same text
first (:func:`text_of_json`), so that a setting has one parser whatever its source.
"""

from __future__ import annotations

import math
from pathlib import Path

__all__ = [
    "FALSE_WORDS",
    "TRUE_WORDS",
    "boolean",
    "endpoint",
    "log_level",
    "milliseconds",
    "only_true",
    "origins",
    "path",
    "port",
    "positive",
    "seconds",
    "text",
    "text_of_json",
]

TRUE_WORDS = frozenset({"1", "on", "t", "true", "y", "yes"})
FALSE_WORDS = frozenset({"0", "f", "false", "n", "no", "off"})
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_HIGHEST_PORT = 65535
_LOOPBACK = "127.0.0.1"


def text(value: str) -> str:
    """The text as it is."""
    return value


def path(value: str) -> Path:
    """A path, still relative to whatever its setting says; ``~`` is the home folder."""
    return Path(value).expanduser()


def boolean(value: str) -> bool:
    """The words that pydantic, and so azmlinfsrv, takes for true and false."""
    word = value.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError("expected true or false")


def only_true(value: str) -> bool:
    """True for ``true`` in any case and False for all else, which is how azmlinfsrv reads most of its switches."""
    return value.strip().lower() == "true"


def _integer(value: str, expected: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(expected) from None


def positive(value: str) -> int:
    """A whole number of at least 1."""
    expected = "expected a whole number of at least 1"
    number = _integer(value, expected)
    if number < 1:
        raise ValueError(expected)
    return number


def milliseconds(value: str) -> int:
    """A whole number of milliseconds; 0 stands for "no limit"."""
    expected = "expected a whole number of milliseconds, 0 for no limit"
    number = _integer(value, expected)
    if number < 0:
        raise ValueError(expected)
    return number


def seconds(value: str) -> float:
    """Seconds, at least 0."""
    expected = "expected a number of seconds, at least 0"
    try:
        number = float(value)
    except ValueError:
        raise ValueError(expected) from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(expected)
    return number


def port(value: str) -> int:
    """A TCP port; 0 lets the system choose a free one."""
    expected = f"expected a port from 1 to {_HIGHEST_PORT}, or 0 for any free one"
    number = _integer(value, expected)
    if not 0 <= number <= _HIGHEST_PORT:
        raise ValueError(expected)
    return number


def endpoint(value: str) -> tuple[str, int]:
    """``PORT``, ``HOST:PORT`` or ``[IPV6]:PORT``, as (host, port); the host is 127.0.0.1 when none is given."""
    host, _, number = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        return host or _LOOPBACK, port(number)
    except ValueError:
        raise ValueError("expected PORT or HOST:PORT, such as 5678 or 127.0.0.1:5678") from None


def origins(value: str) -> tuple[str, ...]:
    """Origins separated by commas, blanks around them dropped."""
    return tuple(origin.strip() for origin in value.split(",") if origin.strip())


def log_level(value: str) -> str:
    """The name of a level of :mod:`logging`, in capitals."""
    word = value.strip().upper()
    if word not in _LOG_LEVELS:
        raise ValueError(f"expected one of {', '.join(_LOG_LEVELS)}")
    return word


def text_of_json(value: object) -> str:
    """The text that stands for a JSON value in an environment variable; ValueError for what no setting can be."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    raise ValueError("expected a string, a number, true or false, or a list of strings")
