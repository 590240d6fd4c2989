"""The page: one table of medians, and the goals."""

from __future__ import annotations

import datetime as dt
import os
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.editor.measuring import Session
    from benchmarks.editor.texts import Text

__all__ = ["Row", "page"]

SHORT, MIDDLE, LONG = 50, 2_000, 10_000
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Row:
    """What both gave for one text."""

    text: Text
    ours: Session
    theirs: Session

    @property
    def name(self) -> str:
        """The text in words."""
        return f"{self.text.lines:,} lines, {self.text.shape}"


def page(rows: Sequence[Row]) -> str:
    """The page in Markdown."""
    today = dt.datetime.now(dt.timezone.utc).date()
    lines = [
        "# Benchmarks: the editor",
        "",
        "Written by `make bench`: `devkit lsp` beside yaml-language-server 2.0.0 with the schema that we export, both",
        "over stdio, in turns, after a session of each that does not count. Times are medians in milliseconds unless",
        "another percentile is named; a completion follows each change at once. Memory is the resident set after the",
        "session, in MiB. Ours also reads the script and the names in other files, and applies every rule. One wide",
        "map is a deployment with many environment variables; many documents are deployments of 50 lines in one file.",
        "yaml-language-server waits 200 ms after a change before it looks for mistakes. Ours answers `initialize`",
        "before it imports its libraries: what tells when it is there is the time from the start to the diagnostics.",
        "",
        f"Machine: {os.cpu_count()} shared cores{_load()}.",
        f"Python {sys.version.split()[0]}, Node.js 24. Measured {today}.",
        "",
        "| text | measure | devkit | yaml-language-server |",
        "|---|---|---|---|",
    ]
    lines += [line for row in rows for line in _table(row)]
    lines += ["", "## Goals", "", *(line for row in rows for line in _goals(row))]
    return "\n".join(lines) + "\n"


def _load() -> str:
    """How busy the machine was, as far as it tells: both servers take longer beside other work, and jump more."""
    if not hasattr(os, "getloadavg"):
        return ""
    return f" with a load average of {os.getloadavg()[2]:.1f} (15 minutes, this benchmark's own work with it)"


def _table(row: Row) -> Iterator[str]:
    ours, theirs = _measures(row.ours), _measures(row.theirs)
    for measure, value in ours.items():
        yield f"| {row.name} | {measure} | {value:,.1f} | {theirs[measure]:,.1f} |"


def _measures(session: Session) -> dict[str, float]:
    return {
        "spawn to initialized": 1000 * statistics.median(session.initialized),
        "open to diagnostics": 1000 * statistics.median(session.opened),
        "spawn to diagnostics": 1000 * statistics.median(session.spawned_to_told),
        "completion after a change, p50": 1000 * statistics.median(session.completed),
        "completion after a change, p95": 1000 * _p95(session.completed),
        "change to diagnostics": 1000 * statistics.median(session.told),
        "processor time, spawn to diagnostics": 1000 * statistics.median(session.computed_until_told),
        "processor time, a change and a completion": 1000 * statistics.median(session.computed),
        "memory, MiB": _memory(session),
        "items of a completion": session.items,
    }


def _goals(row: Row) -> Iterator[str]:
    lines = row.text.lines
    if lines in {MIDDLE, LONG}:
        yield _at_most(
            f"{row.name}: completion p95, ms", 1000 * _p95(row.ours.completed), 10 if lines == MIDDLE else 50
        )
    if lines == MIDDLE:
        yield _at_most(f"{row.name}: change to diagnostics, ms", 1000 * statistics.median(row.ours.told), 100)
    if lines in {SHORT, LONG}:
        ratio = _memory(row.ours) / _memory(row.theirs)
        yield _at_most(f"{row.name}: memory as a share of theirs", ratio, 1 if lines == SHORT else 0.5)
    if lines == SHORT:
        ratio = statistics.median(row.ours.initialized) / statistics.median(row.theirs.initialized)
        yield _at_most(f"{row.name}: spawn to initialized as a share of theirs", ratio, 2)
        yield _at_most(
            f"{row.name}: spawn to diagnostics, ms", 1000 * statistics.median(row.ours.spawned_to_told), 1200
        )


def _at_most(what: str, value: float, goal: float) -> str:
    shown = f"{value:,.2f}" if goal <= 2 else f"{value:,.0f}"  # noqa: PLR2004 - a share needs its decimals
    return f"- {what}: {shown} (goal: at most {goal:g}): {'met' if value <= goal else 'MISSED'}"


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def _memory(session: Session) -> float:
    return statistics.median(session.memory) / MEGABYTE
