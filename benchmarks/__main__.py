"""The command: measure every subject round by round, print the table and the goals, write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.environments import InstallError, ensure, version_of
from benchmarks.launch import NotReadyError, started
from benchmarks.load import generator
from benchmarks.measures.live_update import live_update
from benchmarks.measures.memory import memory
from benchmarks.measures.traffic import CONNECTIONS, traffic
from benchmarks.report import Row, goals, medians, table, verdicts
from benchmarks.subjects import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.subject import Subject

DOCUMENT = Path("docs/benchmarks.md")
OURS = "infsrv"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench. A goal that is missed is printed as missed; the exit code is 0 all the same."""
    options = _options(arguments)
    chosen = _installed([each for each in SUBJECTS if _wanted(each.name, options.only)])
    rows = _measure(chosen, options.rounds, options.seconds)
    live = _live_update(options.edits) if _wanted("live", options.only) else None
    lines = _document(rows, live, options)
    print("\n".join(lines))
    if not options.only and not options.quick:
        DOCUMENT.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"\nwritten to {DOCUMENT}")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, and nothing is written")
    parser.add_argument("--only", nargs="*", default=[], help="names of subjects, or 'live'; nothing is written")
    parser.add_argument("--rounds", type=int, help="how often each subject is measured (3)")
    parser.add_argument("--seconds", type=float, help="how long each load lasts (5)")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.seconds = options.seconds or (2.0 if options.quick else 5.0)
    options.edits = 5 if options.quick else 20
    return options


def _wanted(name: str, only: Sequence[str]) -> bool:
    return not only or any(each.lower() in name.lower() for each in only)


def _installed(subjects: Sequence[Subject]) -> list[Subject]:
    return [subject for subject in subjects if _is_installed(subject)]


def _is_installed(subject: Subject) -> bool:
    try:
        ensure(subject)
    except InstallError as error:
        print(f"{subject.name} is left out: {error}")
        return False
    return True


def _measure(subjects: Sequence[Subject], rounds: int, seconds: float) -> list[Row]:
    """Take turns, so that a machine that slows down slows everybody down."""
    got: dict[str, list[dict[str, float]]] = {subject.name: [] for subject in subjects}
    for number in range(1, rounds + 1):
        for subject in subjects:
            print(f"round {number} of {rounds}: {subject.name}", flush=True)
            try:
                got[subject.name].append(_once(subject, seconds))
            except (NotReadyError, subprocess.SubprocessError) as error:
                print(f"{subject.name} could not be measured: {error}")
    return [Row(each.name, each.kind, medians(got[each.name])) for each in subjects]


def _once(subject: Subject, seconds: float) -> dict[str, float]:
    with started(subject) as server:
        return {"ready_s": server.ready_s, **traffic(server, seconds), **memory(server)}


def _live_update(edits: int) -> float | None:
    print("live update", flush=True)
    try:
        return live_update(edits)
    except TimeoutError as error:
        print(f"the live update could not be measured: {error}")
        return None


def _document(rows: Sequence[Row], live: float | None, options: argparse.Namespace) -> list[str]:
    versions = ", ".join(f"{each.name} {version_of(each)}" for each in SUBJECTS if version_of(each))
    failed = [f"{row.name}: {row.values['errors']:.0f} requests failed." for row in rows if row.values.get("errors")]
    return [
        "# Benchmarks",
        "",
        "Written by `make bench`. Every server answers the same body with the same `run()`; ours has every feature on",
        "(ids, log line, metrics) and its default settings. Subjects take turns; each number is the median of the",
        f"rounds ({options.rounds}, {options.seconds:g} s a load). In brackets: how many times ours.",
        "",
        f"Machine: {_machine()}. Load: {generator()}, {CONNECTIONS} connections and one. Measured {_today()}.",
        f"Peers: {versions}.",
        "",
        *table(rows, OURS),
        "",
        *failed,
        "## Goals",
        "",
        *verdicts(goals(rows, live)),
    ]


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} shared cores, {_system()}, Python {platform.python_version()}"


def _system() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return f"{release['NAME'].split()[0]} {release.get('VERSION_ID', '')}".strip()


def _today() -> str:
    return dt.datetime.now(tz=dt.timezone.utc).date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
