"""What ``--to`` stood for when a promotion began: ``docker:`` or a kubeconfig's context may mean another one later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devkit.promote.errors import PromotionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.promote.journal import Journal
    from devkit.promote.targets.base import Target

__all__ = ["keep_place", "place_of", "same_endpoint"]

_WAYS_BACK: Final[Mapping[str, str]] = {
    "docker": "set DOCKER_HOST or DOCKER_CONTEXT, or `docker context use`",
    "kubernetes": "set KUBECONFIG, or `kubectl config use-context`",
}


def keep_place(journal: Journal, target: Target) -> None:
    """Write down where the target is; or see that it still is there.

    Raises:
        PromotionError: ``--to`` stands for another one now. What was promoted is not there, and would seem gone.
    """
    place = target.place
    if journal.place and journal.place != place:
        to = journal.request.to
        way = _WAYS_BACK.get(to.partition(":")[0], "give the options that it was given")
        raise PromotionError(
            f"Promotion {journal.id} is at {journal.place}, and {to} stands for {place} now. Neither was touched. Have "
            f"it stand for the former again ({way}), then `devkit rollback {journal.id}` goes back, and `devkit "
            f"promote --resume {journal.id}` goes on where it was interrupted."
        )
    journal.place = place


def place_of(journal: Journal) -> str:
    """Where a promotion is; one of before places were written down is known by its ``--to`` alone."""
    return journal.place or journal.request.to


def same_endpoint(one: Journal, other: Journal) -> bool:
    """Whether two promotions are of one endpoint."""
    if one.place and other.place:
        return (one.place, one.endpoint) == (other.place, other.endpoint)
    return (one.request.to, one.endpoint) == (other.request.to, other.endpoint)
