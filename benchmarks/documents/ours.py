"""Checks every document of a folder, several times in one process; prints the seconds of each time as JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from devkit.checks.project import open_project
from devkit.checks.runner import check


def main() -> None:
    """Arguments: the folder and how often."""
    folder, times = Path(sys.argv[1]), int(sys.argv[2])
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        project, checked = open_project([folder])
        findings = check(project, checked)
        taken.append(time.perf_counter() - began)
        if findings:
            raise SystemExit(f"the documents of the bench are not clean: {findings[0]}")
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
