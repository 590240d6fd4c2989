"""From measured numbers to the table, the ratios and the goals: pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["COLUMNS", "Goal", "Row", "goals", "medians", "table", "verdicts"]


@dataclass(frozen=True)
class Column:
    """One measured number: its key, its heading and how many decimals are worth printing."""

    key: str
    heading: str
    decimals: int


COLUMNS = (
    Column("per_second", "requests/s, 8 connections", 0),
    Column("p50_ms", "p50 ms, 1 connection", 2),
    Column("p99_ms", "p99 ms, 8 connections", 2),
    Column("ready_s", "start to ready s", 2),
    Column("rss_mb", "RSS MB", 0),
    Column("pss_mb", "PSS MB", 0),
)


@dataclass(frozen=True)
class Row:
    """The medians of one subject."""

    name: str
    kind: str
    values: Mapping[str, float]

    def get(self, key: str) -> float | None:
        """Give a number that is there and is not zero, which no measure can truly be."""
        return self.values.get(key) or None


@dataclass(frozen=True)
class Goal:
    """A promise as a bound on a ratio (or a plain number). ``value`` None: it could not be measured."""

    text: str
    value: float | None
    bound: float
    at_least: bool
    unit: str = " x"

    @property
    def met(self) -> bool:
        """Whether the bound holds; what was not measured is not met."""
        if self.value is None:
            return False
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def medians(rounds: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Give the median of each key over the rounds that have it; errors are added up, since one is too many."""
    collected: dict[str, list[float]] = {}
    for each in rounds:
        for key, value in each.items():
            collected.setdefault(key, []).append(value)
    return {key: sum(got) if key == "errors" else statistics.median(got) for key, got in collected.items()}


def table(rows: Sequence[Row], ours: str) -> list[str]:
    """Give the Markdown table: each number, and in brackets how many times ours it is."""
    columns = [column for column in COLUMNS if any(row.get(column.key) for row in rows)]
    reference = next((row for row in rows if row.name == ours), None)
    lines = [
        "| server | " + " | ".join(column.heading for column in columns) + " |",
        "| --- |" + " ---: |" * len(columns),
    ]
    lines += [f"| {row.name} | " + " | ".join(_cell(row, c, reference) for c in columns) + " |" for row in rows]
    return lines


def _cell(row: Row, column: Column, ours: Row | None) -> str:
    value = row.get(column.key)
    if value is None:
        return "not measured"
    text = f"{value:,.{column.decimals}f}"
    base = ours.get(column.key) if ours else None
    return text if base is None or row is ours else f"{text} ({value / base:.2g} x)"


def goals(rows: Sequence[Row], live_update_ms: float | None) -> list[Goal]:
    """Give every goal with what was measured for it."""
    ours = _first(rows, "ours")
    azure = next((row for row in rows if row.name == "azmlinfsrv"), None)
    bare = next((row for row in rows if row.name == "bare WSGI on granian"), None)
    peers = [row for row in rows if row.kind == "peer"]
    fastest = max((row.get("per_second") or 0.0 for row in peers), default=0.0)
    soonest = min((row.get("ready_s") or float("inf") for row in peers), default=float("inf"))
    return [
        Goal("requests/s against azmlinfsrv", _ratio(ours, azure, "per_second"), 10, at_least=True),
        Goal("requests/s against the best peer", _over(ours, "per_second", fastest), 8, at_least=True),
        Goal("requests/s against a bare WSGI callable", _ratio(ours, bare, "per_second"), 0.5, at_least=True),
        Goal("p50 with one connection against azmlinfsrv", _ratio(ours, azure, "p50_ms"), 0.25, at_least=False),
        Goal("start to ready against the fastest peer", _over(ours, "ready_s", soonest), 0.5, at_least=False),
        Goal("RSS against azmlinfsrv", _ratio(ours, azure, "rss_mb"), 1, at_least=False),
        Goal("live update, save to answered, p50", live_update_ms, 50, at_least=False, unit=" ms"),
    ]


def _first(rows: Sequence[Row], kind: str) -> Row | None:
    return next((row for row in rows if row.kind == kind), None)


def _ratio(ours: Row | None, other: Row | None, key: str) -> float | None:
    return _over(ours, key, other.get(key) if other else None)


def _over(ours: Row | None, key: str, base: float | None) -> float | None:
    value = ours.get(key) if ours else None
    return value / base if value is not None and base and base != float("inf") else None


def verdicts(reached: Sequence[Goal]) -> list[str]:
    """Give one line a goal: met, missed or not measured, with the number and the bound."""
    return [f"- {_verdict(goal)}: {goal.text}" for goal in reached]


def _verdict(goal: Goal) -> str:
    if goal.value is None:
        return "not measured"
    bound = f"{'at least' if goal.at_least else 'at most'} {goal.bound:g}{goal.unit}"
    return f"{'met' if goal.met else '**missed**'} ({goal.value:.3g}{goal.unit}, goal {bound})"
