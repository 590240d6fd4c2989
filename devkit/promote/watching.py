"""How the new deployment answers while the traffic changes: by the backend's own counts, else by golden requests.

A backend that counts nothing, or tells minutes later (Azure Monitor), is asked itself: all through the hold golden
requests are sent to the endpoint, as clients send theirs, and to the new deployment by its name. This holds for every
target whose `observe` gives None, and from the moment on at which one ceases to tell.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice
from typing import TYPE_CHECKING, Final

from devkit.golden.replay import replay
from devkit.promote.counts import Tally, is_failure
from devkit.promote.errors import PromotionError
from devkit.promote.targets.base import Observed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.golden.judge import Verdict
    from devkit.golden.replay import ReplayTarget
    from devkit.golden.requests import Golden
    from devkit.promote.context import Context

__all__ = ["Sample", "hold"]

_LOOK_EVERY_S: Final = 1.0
_AT_ONCE: Final = 3
"""Golden requests a look: enough to see a fault within seconds, too few to be load."""
_BACKEND: Final = "backend"


def hold(context: Context, start: Observed | None) -> None:
    """Watch the new deployment for as long as the user wants.

    Args:
        context: the promotion.
        start: what `observe` gave before the traffic was changed; None where the backend does not tell.

    Raises:
        PromotionError: too many requests failed.
    """
    watch = _Watch(context, start)
    left = length = context.journal.request.hold_s
    if length > 0:
        context.tell(f"watching {context.journal.deployment} for {length:g} s")
    while True:
        seen = watch.look()
        _refuse_errors(context, seen, watch.sample)
        if left <= 0:
            break
        context.terms.pause(min(left, _LOOK_EVERY_S))
        left -= _LOOK_EVERY_S
    if watch.sample is not None:
        context.tell(f"{seen.requests} golden requests of {watch.sample.sent} were answered by it meanwhile")
    elif length > 0:
        context.tell(f"requests to it meanwhile: {seen.requests}, failed: {seen.errors}")


class _Watch:
    """What was seen since the beginning of a hold. A backend that is silent has not answered well: it is asked then."""

    def __init__(self, context: Context, start: Observed | None) -> None:
        self._context = context
        self._start = start
        self._tally = Tally()
        if start is not None:
            self._tally.note(_BACKEND, start)
        self.sample = self._new_sample() if start is None else None

    def look(self) -> Observed:
        """By the counts; by golden requests once nobody tells the counts."""
        if self.sample is None and (seen := self._counted()) is not None:
            return seen
        if self.sample is None:
            self._context.tell("what it answers is not told any more: golden requests are sent and counted instead")
            self.sample = self._new_sample()
        return self.sample.look()

    def _counted(self) -> Observed | None:
        """What the backend counted since the start, whether or not it began anew; None where it does not tell."""
        now, start = self._context.target.observe(), self._start
        if now is None or start is None:
            return None
        self._tally.note(_BACKEND, now)
        whole = self._tally.total or now
        return Observed(whole.requests - start.requests, whole.errors - start.errors)

    def _new_sample(self) -> Sample:
        return Sample(self._context.goldens, self._context.target.replay_target())


class Sample:
    """Golden requests, sent a few at a time; what was seen so far."""

    def __init__(self, goldens: Sequence[Golden], target: ReplayTarget) -> None:
        """Send nothing yet.

        Args:
            goldens: at least one.
            target: the new deployment, by its name; without the name it is the endpoint.
        """
        self.sent = 0
        self.seen = Observed(0, 0)
        self.first_failure = ""
        self._goldens = cycle(goldens)
        self._target = target

    def look(self) -> Observed:
        """Send the next ones both ways, and give what was seen since the beginning."""
        goldens = list(islice(self._goldens, _AT_ONCE))
        for verdict in replay(goldens, self._target):
            self._take(verdict, counts=True)
        for verdict in replay(goldens, replace(self._target, deployment=None)):
            self._take(verdict, counts=self._is_of_the_new(verdict))
        return self.seen

    def _is_of_the_new(self, verdict: Verdict) -> bool:
        """Whether the endpoint's answer tells of the new deployment: it names it, or is none of any deployment."""
        if verdict.deployment is not None:
            return verdict.deployment == self._target.deployment
        return verdict.status is None or is_failure(verdict.status)

    def _take(self, verdict: Verdict, *, counts: bool) -> None:
        self.sent += 1
        if not counts:
            return
        self.seen = Observed(self.seen.requests + 1, self.seen.errors + (not verdict.passed))
        if not verdict.passed and not self.first_failure:
            self.first_failure = f"{verdict.name}: {verdict.failures[0]}"


def _refuse_errors(context: Context, seen: Observed, sample: Sample | None) -> None:
    allowed = context.journal.request.max_error_rate
    if seen.requests <= 0 or seen.errors / seen.requests <= allowed:
        return
    name = context.journal.deployment
    what = f"requests to {name} failed" if sample is None else f"golden requests to {name} were answered otherwise"
    first = "" if sample is None else f" The first was {sample.first_failure}."
    raise PromotionError(
        f"{seen.errors} of {seen.requests} {what}; {allowed:.1%} are allowed (--max-error-rate).{first}",
        log=context.target.logs(),
    )
