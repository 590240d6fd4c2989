"""When an instance counts as alive and ready; a pure state machine over the monotonic clock.

As in Kubernetes, failures before `initial_delay_s` do not count, and from then on each period without success counts as
one. Other than there, an instance that starts is looked at from the beginning, so that one that is ready early is used
early: a success counts whenever it comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devkit.runtime.plan import Probe

__all__ = ["ProbeState", "begin", "observe", "resume"]

_SHORTEST_LOOK_S = 0.05
_LOOK_SHARE = 0.05
"""While an instance starts it is looked at again after this share of its age: soon at first, rarely when it is slow."""


@dataclass(frozen=True)
class ProbeState:
    """Where one probe of one instance stands. Times are of the monotonic clock, in seconds."""

    began: float
    due: float
    """When to ask next."""
    eager: bool
    """Looking often until the first verdict, as for readiness."""
    counted: float
    """From when on the next failure counts."""
    successes: int = 0
    failures: int = 0
    passing: bool | None = None
    """The verdict: None before there was one."""


def begin(probe: Probe, now: float, *, eager: bool) -> ProbeState:
    """The state of a probe of an instance that starts now."""
    first = now + probe.initial_delay_s
    return ProbeState(began=now, due=now if eager else first, eager=eager, counted=first)


def observe(state: ProbeState, probe: Probe, now: float, *, success: bool) -> ProbeState:
    """The state after an answer, or the lack of one within the probe's timeout."""
    if success:
        return _succeeded(state, probe, now)
    if now < state.counted:
        return replace(state, successes=0, due=_next_look(state, probe, now))
    failures = state.failures + 1
    passing = False if failures >= probe.failure_threshold else state.passing
    counted = state.counted + probe.period_s  # by the schedule, so that looking late does not add up
    counted = counted if counted > now else now + probe.period_s
    failed = replace(state, successes=0, failures=failures, passing=passing, counted=counted)
    return replace(failed, due=_next_look(failed, probe, now))


def resume(state: ProbeState, probe: Probe, now: float) -> ProbeState:
    """The state after a time that did not count, as while a debugger was attached: what failed then is forgotten."""
    due = now + probe.period_s
    return replace(state, successes=0, failures=0, due=due, counted=due)


def _succeeded(state: ProbeState, probe: Probe, now: float) -> ProbeState:
    successes = state.successes + 1
    passing = True if successes >= probe.success_threshold else state.passing
    due = now + probe.period_s
    return replace(state, successes=successes, failures=0, passing=passing, due=due, counted=due)


def _next_look(state: ProbeState, probe: Probe, now: float) -> float:
    if not state.eager or state.passing is not None:
        return max(state.counted, now)
    pause = max(_SHORTEST_LOOK_S, (now - state.began) * _LOOK_SHARE)
    return now + min(pause, probe.period_s)
