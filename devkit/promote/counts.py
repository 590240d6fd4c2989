"""What gateways counted, as a promotion judges it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from devkit.promote.targets.base import Observed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Tally", "is_failure", "observed_of"]

_MODEL_ERROR: Final = 424
_SERVER_ERROR: Final = 500


def is_failure(status: int) -> bool:
    """Whether an answer counts as an error; a model's own, which is answered 424, is one, too."""
    return status >= _SERVER_ERROR or status == _MODEL_ERROR


def observed_of(state: Mapping[str, Any], deployment: str) -> Observed:
    """What a gateway's state says of a deployment."""
    found = (state.get("deployments") or {}).get(deployment) or {}
    counts = {int(status): int(count) for status, count in (found.get("by_status") or {}).items()}
    errors = sum(count for status, count in counts.items() if is_failure(status))
    return Observed(sum(counts.values()), errors)


@dataclass
class Tally:
    """The counts of several gateways in one. Who is replaced or starts anew counts from nothing; the tally does not."""

    _latest: dict[str, Observed] = field(default_factory=dict)
    _ended: list[Observed] = field(default_factory=list)

    def note(self, name: str, seen: Observed) -> None:
        """What a gateway says now."""
        before = self._latest.get(name)
        if before is not None and (seen.requests < before.requests or seen.errors < before.errors):
            self._ended.append(before)
        self._latest[name] = seen

    @property
    def total(self) -> Observed | None:
        """Of all, those that are gone included; None before anybody has told anything."""
        if not self._latest:
            return None
        every = [*self._ended, *self._latest.values()]
        return Observed(sum(each.requests for each in every), sum(each.errors for each in every))
