"""One key of a document and its place in a REST body, with the way between their values; tables are made of these."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "MILLISECONDS",
    "SAME",
    "SECONDS",
    "TEXTS",
    "Codec",
    "Field",
    "enumerated",
    "from_rest",
    "switched",
    "to_rest",
]

Json = dict[str, Any]


@dataclass(frozen=True)
class Codec:
    """The way of one value: from a document to a body, and back."""

    out: Callable[[Any], Any]
    back: Callable[[Any], Any]


@dataclass(frozen=True)
class Field:
    """A key at `yaml` that stands at `rest`, both paths with dots."""

    yaml: str
    rest: str
    codec: Codec | None = None


SAME = Codec(lambda value: value, lambda value: value)


def enumerated(*names: tuple[str, str]) -> Codec:
    """Words of a document and the service's; an unknown word stays as it is."""
    to, back = dict(names), {theirs.lower(): ours for ours, theirs in names}
    return Codec(lambda value: to.get(str(value), value), lambda value: back.get(str(value).lower(), value))


def switched() -> Codec:
    """``enabled`` and ``disabled``, which the service writes with a capital."""
    return enumerated(("enabled", "Enabled"), ("disabled", "Disabled"))


def _texts(value: Mapping[str, Any]) -> Json:
    """The service takes strings only; azure-ai-ml writes other values as Python does."""
    return {key: str(each) for key, each in value.items() if each is not None}


TEXTS = Codec(_texts, dict)

_DURATION = re.compile(r"P(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?")
_UNITS = (86_400, 3_600, 60, 1)


def _duration(seconds: float) -> str:
    """ISO 8601, as isodate writes it: 90 is ``PT1M30S``, 0.5 is ``PT0.5S``."""
    days, rest = divmod(seconds, _UNITS[0])
    hours, rest = divmod(rest, _UNITS[1])
    minutes, rest = divmod(rest, _UNITS[2])
    time = "".join(
        f"{amount:g}{unit}" for amount, unit in ((hours, "H"), (minutes, "M"), (round(rest, 6), "S")) if amount
    )
    date = f"{days:g}D" if days else ""
    return f"P{date}{'T' + time if time else ''}" if date or time else "PT0S"


def _seconds(text: str) -> float:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no ISO 8601 duration such as PT5S")
    return sum(float(part) * unit for part, unit in zip(match.groups(), _UNITS, strict=True) if part)


SECONDS = Codec(_duration, lambda text: int(_seconds(text)))
MILLISECONDS = Codec(lambda value: _duration(value / 1000), lambda text: round(_seconds(text) * 1000))


def to_rest(fields: Sequence[Field], value: Mapping[str, Any]) -> Json:
    """The body of a document's value, as far as the fields tell it."""
    body: Json = {}
    for field in fields:
        found = _get(value, field.yaml)
        if found is not None:
            _put(body, field.rest, (field.codec or SAME).out(found))
    return body


def from_rest(fields: Sequence[Field], body: Mapping[str, Any]) -> Json:
    """The document's value of a body; what the body leaves out is left out.

    Raises:
        ValueError: a duration is none.
    """
    value: Json = {}
    for field in fields:
        found = _get(body, field.rest)
        if found is not None:
            _put(value, field.yaml, (field.codec or SAME).back(found))
    return value


def _get(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _put(value: Json, path: str, found: Any) -> None:
    *above, last = path.split(".")
    for key in above:
        value = value.setdefault(key, {})
    value[last] = found
