"""The command: ask one inference server directly, through nginx and through the gateway, in turns, and print."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.gateway.fronts import KEY, directly, nginx, nginx_version, through_gateway
from benchmarks.launch import started
from benchmarks.load import generator, send
from benchmarks.measures.traffic import CONNECTIONS
from benchmarks.subjects import ours

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    Front = Callable[[int], AbstractContextManager[str]]

DOCUMENT = Path("docs/benchmarks-gateway.md")
GOAL_MS = 1.0
WARM_UP_S = 0.5


@dataclass(frozen=True)
class Measured:
    """Medians of one front."""

    name: str
    p50_ms: float
    p99_ms: float
    per_second: float
    errors: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the page; a missed goal is printed as missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, and nothing is written")
    options = parser.parse_args(arguments)
    rounds, seconds = (1, 1.0) if options.quick else (5, 3.0)
    with started(ours.SUBJECT) as server:
        rows = _measure(_fronts(), server.port, rounds, seconds)
    page = _page(rows, rounds, seconds)
    print(page)
    if not options.quick:
        DOCUMENT.write_text(page, encoding="utf-8")
    return 0


def _fronts() -> dict[str, Front]:
    version = nginx_version()
    middle: dict[str, Front] = {f"nginx {version}": nginx} if version else {}
    return {"direct": directly, **middle, "gateway": through_gateway}


def _measure(fronts: dict[str, Front], server: int, rounds: int, seconds: float) -> list[Measured]:
    """Take turns, so that a machine that slows down slows everybody down."""
    got: dict[str, list[Measured]] = {name: [] for name in fronts}
    for number in range(1, rounds + 1):
        for name, front in fronts.items():
            print(f"round {number} of {rounds}: {name}", flush=True)
            with front(server) as url:
                got[name].append(_once(name, url, seconds))
    return [_medians(name, each) for name, each in got.items()]


def _once(name: str, url: str, seconds: float) -> Measured:
    send(url, CONNECTIONS, WARM_UP_S, KEY)
    one, many = send(url, 1, seconds, KEY), send(url, CONNECTIONS, seconds, KEY)
    return Measured(name, one.p50_ms, one.p99_ms, many.per_second, one.errors + many.errors)


def _medians(name: str, rounds: Sequence[Measured]) -> Measured:
    return Measured(
        name,
        statistics.median(each.p50_ms for each in rounds),
        statistics.median(each.p99_ms for each in rounds),
        statistics.median(each.per_second for each in rounds),
        sum(each.errors for each in rounds),
    )


def _page(rows: Sequence[Measured], rounds: int, seconds: float) -> str:
    direct = next(row for row in rows if row.name == "direct")
    ours_row = next(row for row in rows if row.name == "gateway")
    over = ours_row.p50_ms - direct.p50_ms
    verdict = "met" if over <= GOAL_MS else "**missed**"
    today = dt.datetime.now(dt.timezone.utc).date()
    lines = [
        "# Benchmarks: the gateway",
        "",
        "Written by `make bench`: an inference server, asked directly, through one nginx worker that passes everything",
        "on, and through the gateway with all that it does for a request (key, traffic, limit, deadline, ids, counts).",
        f"In turns, median of {rounds} rounds of {seconds:g} s a load, by {generator()}.",
        "",
        f"Machine: {os.cpu_count()} shared cores, Python {sys.version.split()[0]}. Measured {today}.",
        "",
        f"| | p50 ms, 1 connection | over direct, ms | p99 ms, 1 connection | requests/s, {CONNECTIONS} connections |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(_row(row, direct) for row in rows),
        "",
        *(f"{row.name}: {row.errors} requests failed." for row in rows if row.errors),
        *([] if len(rows) > 2 else ["nginx is not installed here and was not measured.", ""]),  # noqa: PLR2004  direct, ours
        "## Goals",
        "",
        f"- {verdict} ({over:.2f} ms, goal at most {GOAL_MS:g} ms): p50 over direct with one connection",
    ]
    return "\n".join(lines) + "\n"


def _row(row: Measured, direct: Measured) -> str:
    over = "" if row is direct else f"{row.p50_ms - direct.p50_ms:.2f}"
    share = row.per_second / direct.per_second
    return f"| {row.name} | {row.p50_ms:.2f} | {over} | {row.p99_ms:.2f} | {row.per_second:,.0f} ({share:.0%}) |"


if __name__ == "__main__":
    sys.exit(main())
