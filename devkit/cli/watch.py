"""``devkit online-deployment watch``: states, probes, instances, requests per second and errors, live."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.cli.connecting import connected
from devkit.endpoints.observing import Observation, observe, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from devkit.control_plane.client import Client
    from devkit.endpoints.observing import Row

__all__ = ["watch"]

_COLUMNS = (
    ("deployment", "left"),
    ("state", "left"),
    ("traffic", "right"),
    ("instance", "left"),
    ("is", "left"),
    ("alive", "left"),
    ("ready", "left"),
    ("restarts", "right"),
    ("memory", "right"),
    ("requests/s", "right"),
    ("errors", "right"),
    ("p50", "right"),
    ("p99", "right"),
)


def watch(
    endpoint: str | None, deployment: str | None, interval_s: float, *, once: bool
) -> list[dict[str, Any]] | None:
    """Look every `interval_s` until Ctrl+C; with `once`, or without a terminal, look once and give it.

    Args:
        endpoint: this endpoint alone; all if None.
        deployment: the deployments of this name alone; all if None.
        interval_s: seconds between two looks.
        once: do not stay.
    """
    with connected() as client:
        seen = observe(client, Path.cwd(), endpoint, deployment)
        if once or not sys.stdout.isatty():
            return [row.shown() for row in rows(seen, None)]
        _live(client, seen, endpoint, deployment, interval_s)
        return None


def _live(client: Client, seen: Observation, endpoint: str | None, deployment: str | None, interval_s: float) -> None:
    from rich.live import Live

    with Live(_table(rows(seen, None)), auto_refresh=False, screen=False) as live:
        try:
            while True:
                time.sleep(interval_s)
                before, seen = seen, observe(client, Path.cwd(), endpoint, deployment)
                live.update(_table(rows(seen, before)), refresh=True)
        except KeyboardInterrupt:
            return


def _table(found: Sequence[Row]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, side in _COLUMNS:
        table.add_column(name, justify="right" if side == "right" else "left")
    for row in found:
        table.add_row(*(Text(text, style=_style(text)) for text in row.cells()))
    if not found:
        table.add_row("no deployment")
    return table


_STYLES = {"Succeeded": "green", "Ready": "green", "yes": "green", "Failed": "bold red"}
_STYLES |= {"no": "yellow", "Starting": "yellow", "Creating": "yellow", "Updating": "yellow"}


def _style(text: str) -> str:
    return _STYLES.get(text, "")
