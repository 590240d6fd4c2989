"""The command: create the same deployment again and again, here and with azure-ai-ml, and print how long it takes."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.endpoints import ours, project
from benchmarks.environments import InstallError, bin_of, ensure
from benchmarks.report import Goal, verdicts
from benchmarks.subject import PEER, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCUMENT = Path("docs/benchmarks-endpoints.md")
THEIRS = Path(__file__).with_name("theirs.py").absolute()
AZURE = Subject("azure-ai-ml", PEER, lambda _: (), (), ("azure-ai-ml==1.35.2", "docker>=7,<8"))
WARM_UP = 1
"""Rounds before those that count: they fill the caches."""
_PROCESS_GOAL_S = 1.5
_DOCKER_GOAL_S = 3.0
_MEMORY_GOAL_MB = 60.0


@dataclass(frozen=True)
class Measured:
    """Seconds of each round."""

    name: str
    seconds: Sequence[float]

    @property
    def over_init_s(self) -> float:
        """The median, without what the script's own init() takes."""
        return statistics.median(self.seconds) - project.INIT_S


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the page; a missed goal is printed as missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoints", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, and nothing is written")
    options = parser.parse_args(arguments)
    rounds = 1 if options.quick else 5
    reason = _no_engine()
    with ours.workspace() as folder:
        rows = [_ours(folder, "process", rounds)]
        memory = ours.idle_memory_mb(folder)
        if reason is None:
            rows.append(_ours(folder, "docker", rounds))
    if reason is None:
        theirs = _theirs(1 if options.quick else 3)
        rows += [theirs] if isinstance(theirs, Measured) else []
        reason = None if isinstance(theirs, Measured) else theirs
    page = _page(rows, memory, reason)
    print(page)
    if not options.quick:
        DOCUMENT.write_text(page, encoding="utf-8")
    return 0


def _ours(folder: Path, runtime: str, rounds: int) -> Measured:
    seconds = []
    for number in range(1, rounds + WARM_UP + 1):
        print(f"{runtime}: round {number} of {rounds + WARM_UP}", flush=True)
        seconds.append(ours.create_to_answer_s(folder, runtime))
    return Measured(f"{runtime} runtime", seconds[WARM_UP:])


def _no_engine() -> str | None:
    """Why containers are not measured; None when they can be."""
    from devkit.runtime.docker_engine import connect
    from devkit.runtime.protocol import CannotRunError

    try:
        client = connect()
    except CannotRunError as error:
        return str(error)
    return (
        None if client.images.list(name=project.IMAGE) else f"{project.IMAGE} is missing: make test-docker builds it."
    )


def _theirs(rounds: int) -> Measured | str:
    """azure-ai-ml's seconds, or why there are none."""
    try:
        ensure(AZURE)
    except InstallError as error:
        return f"azure-ai-ml could not be installed: {error}"
    print(f"azure-ai-ml: {rounds + WARM_UP} rounds", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-azure-") as name:
        project.write(Path(name))
        done = subprocess.run(
            [bin_of(AZURE) / "python", THEIRS, name, str(rounds + WARM_UP)],
            env={**os.environ, "HOME": name},  # it keeps its builds below the home folder
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    if done.returncode != 0:
        return f"azure-ai-ml failed: {done.stderr.strip().splitlines()[-1]}"
    return Measured("azure-ai-ml 1.35.2, local", json.loads(done.stdout.splitlines()[-1])[WARM_UP:])


def _page(rows: Sequence[Measured], memory: float, reason: str | None) -> str:
    over = {row.name: row.over_init_s for row in rows}
    reached = [
        Goal("create to ready, process", over["process runtime"], _PROCESS_GOAL_S, at_least=False, unit=" s"),
        Goal("create to ready, Docker", over.get("docker runtime"), _DOCKER_GOAL_S, at_least=False, unit=" s"),
        Goal("idle memory of the control plane", memory, _MEMORY_GOAL_MB, at_least=False, unit=" MB"),
    ]
    today = dt.datetime.now(dt.timezone.utc).date()
    lines = [
        "# Benchmarks: local endpoints",
        "",
        "Written by `make bench`: one deployment, created again and again, with warm caches and its endpoint there.",
        "Ours is timed from typing `devkit online-deployment create` to its end, when the next request is answered: it",
        "includes the start of the command's own process. azure-ai-ml's is timed inside a process that has imported",
        "it, from `begin_create_or_update(local=True)` to the first answered request; it waits 15 s before it says",
        "that the container runs. Both Docker rows are one engine and one image: the genuine server under runit.",
        "azure-ai-ml asks for no login here, only for a credential, which a stand-in is; its pull of the base image",
        "is left out.",
        "",
        f"Machine: {os.cpu_count()} shared cores, Python {sys.version.split()[0]}. Measured {today}; the load of the",
        f"machine, which others used too, was {_load()} at the end.",
        "",
        f"The script's own `init()` takes {project.INIT_S:g} s, which is taken off.",
        "",
        "| | seconds over init, median | least | most | rounds |",
        "| --- | ---: | ---: | ---: | ---: |",
        *map(_row, rows),
        "",
        f"Resident memory of the control plane, idle {ours.IDLE_S:g} s: {memory:.0f} MB.",
        "",
        *([f"Not measured: {reason}", ""] if reason else []),
        "## Goals",
        "",
        *verdicts(reached),
    ]
    return "\n".join(lines) + "\n"


def _row(row: Measured) -> str:
    least, most = (each - project.INIT_S for each in (min(row.seconds), max(row.seconds)))
    return f"| {row.name} | {row.over_init_s:.2f} | {least:.2f} | {most:.2f} | {len(row.seconds)} |"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    sys.exit(main())
