"""An answer that came back, beside the recorded one. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.golden.compare import Difference, differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.golden.paths import Place
    from devkit.golden.requests import Golden

__all__ = ["Received", "Verdict", "judge", "unstable_places"]

_TEXT_SHOWN = 120


@dataclass(frozen=True)
class Received:
    """What came back."""

    status: int
    body: bytes
    """Whole: of a stream, its pieces joined."""
    latency_ms: float
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    deployment: str | None = None
    """Who answered, where the gateway says."""


@dataclass(frozen=True)
class Verdict:
    """Whether one golden request got its answer."""

    name: str
    route: str
    failures: tuple[str, ...]
    """Each a line for the user; none when it passed."""
    latency_ms: float | None
    """None where no answer came."""
    unstable: tuple[str, ...] = ()
    """Places that differ although nothing was changed: the same deployment asked twice."""
    status: int | None = None
    """None where no answer came."""
    deployment: str | None = None
    """Who answered, where the gateway says."""

    @property
    def passed(self) -> bool:
        """Whether nothing differs that counts."""
        return not self.failures


def judge(golden: Golden, received: Received, noise: frozenset[Place] = frozenset()) -> Verdict:
    """Compare an answer with the recorded one; places in `noise` do not count, and are told."""
    found = list(_differing(golden, received))
    loud = tuple(str(each) for each in found if not _is_noise(each, noise))
    quiet = tuple(str(each) for each in found if _is_noise(each, noise))
    return Verdict(golden.name, golden.route, loud, received.latency_ms, quiet, received.status, received.deployment)


def _is_noise(difference: Difference | str, noise: frozenset[Place]) -> bool:
    return isinstance(difference, Difference) and difference.place in noise


def unstable_places(golden: Golden, one: Received, other: Received) -> frozenset[Place]:
    """Where two answers of one deployment to one request differ: noise, as Diffy finds it, and no regression."""
    try:
        first, second = json.loads(one.body), json.loads(other.body)
    except ValueError:
        return frozenset()
    return frozenset(each.place for each in differences(first, second, golden.rules))


def _differing(golden: Golden, received: Received) -> Iterator[Difference | str]:
    answer = golden.answer
    if answer.status is not None and received.status != answer.status:
        yield f"status {answer.status} became {received.status}: {_text(received.body)}"
        return
    for name, value in answer.headers.items():
        actual = received.headers.get(name.lower())
        if actual != value:
            yield f"header {name}: {value!r} became {actual!r}"
    if answer.is_json:
        yield from _differing_json(answer.body, golden, received)
    elif hashlib.sha256(received.body).hexdigest() != answer.digest():
        yield f"the body is another one: {len(received.body)} bytes, {_text(received.body)}"
    budget = golden.rules.latency_ms
    if budget is not None and received.latency_ms > budget:
        yield f"took {received.latency_ms:.0f} ms, {budget:g} are allowed"


def _differing_json(expected: Any, golden: Golden, received: Received) -> Iterator[Difference | str]:
    try:
        actual = json.loads(received.body)
    except ValueError:
        yield f"the body is no JSON: {_text(received.body)}"
        return
    yield from differences(expected, actual, golden.rules)


def _text(body: bytes) -> str:
    text = body.decode("utf-8", "replace").strip()
    return repr(text if len(text) <= _TEXT_SHOWN else f"{text[: _TEXT_SHOWN - 1]}…")
