from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devkit.control_plane import probes
from devkit.runtime.plan import Probe

PROBES = st.builds(
    Probe,
    initial_delay_s=st.integers(1, 30),
    period_s=st.integers(1, 20),
    timeout_s=st.just(2),
    success_threshold=st.integers(1, 3),
    failure_threshold=st.integers(1, 10),
)


def ask(state: probes.ProbeState, probe: Probe, *, success: bool) -> tuple[probes.ProbeState, float]:
    """Observe an answer at the time the probe was due."""
    now = state.due
    return probes.observe(state, probe, now, success=success), now


@given(PROBES, st.booleans())
def test_what_never_answers_fails_after_delay_and_thresholds(probe: Probe, eager: bool) -> None:
    """A probe that never succeeds fails at initial_delay + (failure_threshold - 1) periods, as the YAML says."""
    state, now = probes.begin(probe, 100.0, eager=eager), 100.0
    while state.passing is None:
        state, now = ask(state, probe, success=False)
    assert state.passing is False
    earliest = 100.0 + probe.initial_delay_s + (probe.failure_threshold - 1) * probe.period_s
    assert earliest <= now <= earliest + probe.period_s


@given(PROBES)
def test_an_early_success_counts(probe: Probe) -> None:
    """An instance that is ready before initial_delay is used before it."""
    state = probes.begin(probe, 0.0, eager=True)
    for _ in range(probe.success_threshold):
        state, _ = ask(state, probe, success=True)
    assert state.passing is True


def test_a_strict_probe_waits_for_its_delay() -> None:
    """Liveness is first asked after initial_delay."""
    assert probes.begin(Probe(initial_delay_s=7), 1.0, eager=False).due == 8.0


@given(PROBES, st.lists(st.booleans(), max_size=60))
def test_the_verdict_follows_the_thresholds(probe: Probe, answers: list[bool]) -> None:
    """Once failures count, the verdict changes exactly at the threshold of answers in a row."""
    state = probes.begin(probe, 0.0, eager=False)
    verdict, successes, failures = None, 0, 0
    for success in answers:
        state, _ = ask(state, probe, success=success)
        successes, failures = (successes + 1, 0) if success else (0, failures + 1)
        if successes >= probe.success_threshold:
            verdict = True
        if failures >= probe.failure_threshold:
            verdict = False
        assert state.passing is verdict


@given(PROBES, st.lists(st.booleans(), max_size=60), st.booleans())
def test_time_goes_on(probe: Probe, answers: list[bool], eager: bool) -> None:
    """Each next question lies in the future, so that no instance is asked without end."""
    state = probes.begin(probe, 0.0, eager=eager)
    for success in answers:
        state, now = ask(state, probe, success=success)
        assert state.due > now


def test_what_failed_under_a_debugger_is_forgotten() -> None:
    """After a debugger left, failures are counted from nothing, and the first not before a period."""
    probe = Probe(initial_delay_s=1, period_s=10, failure_threshold=2)
    state, _ = ask(probes.begin(probe, 0.0, eager=False), probe, success=False)
    state = probes.resume(state, probe, 500.0)
    assert (state.failures, state.due, state.passing) == (0, 510.0, None)


def test_a_slow_start_is_looked_at_ever_more_rarely() -> None:
    """While an instance starts it is asked soon, but a start of minutes is not asked ten times a second."""
    probe = Probe(initial_delay_s=600, period_s=10)
    state, questions = probes.begin(probe, 0.0, eager=True), 0
    while state.due < 300:
        state, _ = ask(state, probe, success=False)
        questions += 1
    assert 20 < questions < 200
