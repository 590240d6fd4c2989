"""The command: check 1, 100 and 1,000 documents with both, in turns, and print the ratios.

Ours does more than theirs: it reads the script, the conda file and the names across files, and applies every rule.
Theirs reads the document into its classes. Both get documents that are right, so that neither stops early.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
DOCUMENT = Path("docs/benchmarks-documents.md")
ORACLE = Path(".venvs/azure/bin/python").absolute()
COUNTS = (1, 100, 1000)
WHOLE_GOAL, WARM_GOAL = 10.0, 20.0

SCHEMA = "https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json"
TEXT = f"""\
$schema: {SCHEMA}
name: colour-{{number}}
endpoint_name: shop-{{number}}
model: azureml:shop:1
code_configuration:
  code: src
  scoring_script: score.py
environment: azureml:shop-environment:3
environment_variables:
  LOG_LEVEL: INFO
instance_type: Standard_DS3_v2
instance_count: 2
request_settings:
  request_timeout_ms: 3000
  max_concurrent_requests_per_instance: 1
liveness_probe:
  initial_delay: 30
  period: 10
  failure_threshold: 10
"""


@dataclass(frozen=True)
class Measured:
    """Medians in seconds for one number of documents."""

    documents: int
    ours_whole: float
    theirs_whole: float
    ours_warm: float
    theirs_warm: float

    @property
    def whole(self) -> float:
        """How many times faster ours is, from the start of the process to its end."""
        return self.theirs_whole / self.ours_whole

    @property
    def warm(self) -> float:
        """How many times faster ours is in a process that has done it before."""
        return self.theirs_warm / self.ours_warm


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the page; a missed goal is printed as missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, and nothing is written")
    options = parser.parse_args(arguments)
    if not ORACLE.exists():
        print("azure-ai-ml is not installed here: make azure-oracle")
        return 1
    rows = [_measure(count, rounds=1 if options.quick else 3) for count in COUNTS]
    page = _page(rows)
    print(page)
    if not options.quick:
        DOCUMENT.write_text(page, encoding="utf-8")
    return 0


def _measure(count: int, rounds: int) -> Measured:
    """Take turns, so that a machine that slows down slows both down."""
    times = 3 if count == COUNTS[-1] else 5
    wholes: dict[str, list[float]] = {"ours": [], "theirs": []}
    warms: dict[str, list[float]] = {"ours": [], "theirs": []}
    with tempfile.TemporaryDirectory() as parent:
        folder = _documents(Path(parent), count)
        for number in range(1, rounds + 1):
            print(f"{count} documents, round {number} of {rounds}", flush=True)
            for name, python in (("ours", Path(sys.executable)), ("theirs", ORACLE)):
                wholes[name].append(_whole(name, python, folder))
                warms[name].append(min(_run(name, python, folder, times)[1:]))
    middle = {name: (statistics.median(wholes[name]), statistics.median(warms[name])) for name in wholes}
    return Measured(count, middle["ours"][0], middle["theirs"][0], middle["ours"][1], middle["theirs"][1])


def _documents(folder: Path, count: int) -> Path:
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    for number in range(count):
        (folder / f"{number:04}.yml").write_text(TEXT.format(number=number), encoding="utf-8")
    return folder


def _whole(name: str, python: Path, folder: Path) -> float:
    """Seconds of a whole process; ours is the command that a user types."""
    if name == "ours":
        command = [str(python), "-m", "devkit", "validate", str(folder)]
    else:
        command = [str(python), str(HERE / "theirs.py"), str(folder), "1"]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return time.perf_counter() - began


def _run(name: str, python: Path, folder: Path, times: int) -> list[float]:
    script = ["-m", "benchmarks.documents.ours"] if name == "ours" else [str(HERE / "theirs.py")]
    command = [str(python), *script, str(folder), str(times)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    return [float(each) for each in json.loads(done.stdout)]


def _page(rows: Sequence[Measured]) -> str:
    today = dt.datetime.now(dt.timezone.utc).date()
    lines = [
        "# Benchmarks: checking documents",
        "",
        "Written by `make bench`: `devkit validate` beside azure-ai-ml 1.35.2's `load_online_deployment`, in turns,",
        "medians in milliseconds; whole is a process from start to end, warm a process that has done it before. Ours",
        "also reads the script and the names across files and applies every rule.",
        "",
        f"Machine: {os.cpu_count()} shared cores, Python {sys.version.split()[0]}. Measured {today}.",
        "",
        "| documents | devkit, whole | azure-ai-ml, whole | ratio | devkit, warm | azure-ai-ml, warm | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.documents:,} | {_ms(row.ours_whole)} | {_ms(row.theirs_whole)} | {row.whole:.1f} x "
        f"| {_ms(row.ours_warm)} | {_ms(row.theirs_warm)} | {row.warm:.1f} x |"
        for row in rows
    ]
    lines += ["", "## Goals", ""]
    for row in rows:
        for what, ratio, goal in (("whole process", row.whole, WHOLE_GOAL), ("warm", row.warm, WARM_GOAL)):
            verdict = "met" if ratio >= goal else "MISSED"
            lines.append(f"- {row.documents:,} documents, {what}: {ratio:.1f} x (goal {goal:g} x): {verdict}")
    return "\n".join(lines) + "\n"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f}" if seconds < 1 else f"{seconds * 1000:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
