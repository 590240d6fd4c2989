"""Memory of a process tree."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.launch import tree

if TYPE_CHECKING:
    from benchmarks.launch import Started

__all__ = ["memory"]


def memory(server: Started) -> dict[str, float]:
    """Give ``rss_mb`` and ``pss_mb``, summed over the tree; nothing where there is no /proc.

    RSS counts a page that processes share once for each of them; PSS divides it among them.
    """
    totals = {"rss_mb": 0.0, "pss_mb": 0.0}
    for pid in tree(server.process.pid):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            for name in totals:
                found = re.search(rf"(?m)^{name[:3].capitalize()}: +(\d+) kB", rollup)
                totals[name] += int(found[1]) / 1024 if found else 0.0
    return {name: value for name, value in totals.items() if value}
