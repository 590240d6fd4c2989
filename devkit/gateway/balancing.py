"""Which instance of a deployment takes a request: the least busy, and among equals each in its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Busy", "in_order"]


class Busy(Protocol):
    """Something that counts what it has in hand."""

    @property
    def in_flight(self) -> int:
        """Requests in hand."""
        ...


_Instance = TypeVar("_Instance", bound=Busy)


def in_order(instances: Sequence[_Instance], turn: int) -> list[_Instance]:
    """The instances in the order in which to try them.

    Args:
        instances: those in rotation.
        turn: a number that grows with every request.
    """
    if len(instances) < 2:  # noqa: PLR2004  nothing to choose
        return list(instances)
    start = turn % len(instances)
    turned = [*instances[start:], *instances[:start]]
    turned.sort(key=_in_flight)
    return turned


def _in_flight(instance: Busy) -> int:
    return instance.in_flight
