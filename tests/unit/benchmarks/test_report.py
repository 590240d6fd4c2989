"""The bench's report: medians, ratios, goals."""

from __future__ import annotations

import pytest

from benchmarks.report import Goal, Row, goals, medians, table, verdicts

OURS = {"per_second": 20_000.0, "p50_ms": 0.1, "p99_ms": 1.0, "ready_s": 0.2, "rss_mb": 80.0}
AZURE = {"per_second": 1_000.0, "p50_ms": 0.5, "p99_ms": 20.0, "ready_s": 0.6, "rss_mb": 100.0}
BARE = {"per_second": 30_000.0, "p50_ms": 0.05, "p99_ms": 1.0, "ready_s": 0.1, "rss_mb": 60.0}
ROWS = [Row("infsrv", "ours", OURS), Row("azmlinfsrv", "peer", AZURE), Row("bare WSGI on granian", "ceiling", BARE)]


def test_the_median_of_each_number_is_taken_over_the_rounds_that_have_it() -> None:
    """A round that lacks a number does not spoil it, and errors of all rounds are added up."""
    rounds = [
        {"per_second": 1.0, "errors": 1.0},
        {"per_second": 9.0, "errors": 2.0},
        {"per_second": 2.0, "rss_mb": 5.0},
    ]
    assert medians(rounds) == {"per_second": 2.0, "errors": 3.0, "rss_mb": 5.0}


def test_the_table_gives_each_number_and_how_many_times_ours_it_is() -> None:
    """The row of azmlinfsrv says that it does a twentieth of our requests."""
    lines = table(ROWS, "infsrv")
    assert lines[2].startswith("| infsrv | 20,000 | 0.10 |")
    assert "| azmlinfsrv | 1,000 (0.05 x) | 0.50 (5 x) |" in lines[3]


def test_a_number_that_could_not_be_measured_is_said_to_be_so() -> None:
    """A subject that did not start keeps its row, without numbers."""
    assert table([*ROWS, Row("MLServer", "peer", {})], "infsrv")[-1] == "| MLServer |" + " not measured |" * 5


def test_every_goal_compares_with_the_right_subject() -> None:
    """Each ratio is ours over the other's, and the ceiling is not counted as a peer."""
    values = [goal.value for goal in goals(ROWS, 30.0)]
    assert values == pytest.approx([20.0, 20.0, 2 / 3, 0.2, 1 / 3, 0.8, 30.0])
    assert all(goal.met for goal in goals(ROWS, 30.0))


def test_a_missed_goal_is_printed_as_missed() -> None:
    """A number on the wrong side of its bound is never hidden."""
    missed = Goal("requests/s", 9.9, 10, at_least=True)
    assert verdicts([missed]) == ["- **missed** (9.9 x, goal at least 10 x): requests/s"]


def test_a_goal_without_its_subjects_is_not_measured() -> None:
    """With --only nothing is claimed about what did not run."""
    assert verdicts(goals([ROWS[0]], None)) == [f"- not measured: {goal.text}" for goal in goals(ROWS, 1.0)]
