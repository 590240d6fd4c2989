"""``devkit replay``: golden requests against an endpoint of this workspace, or any server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from devkit.cli.errors import EXIT_FINDINGS, UsageError
from devkit.cli.progress import note
from devkit.golden.replay import ReplayTarget, replay
from devkit.golden.report import as_json, as_junit, as_table
from devkit.golden.requests import FOLDER, BadGoldenError, load_all, load_golden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.golden.requests import Golden

__all__ = ["KEY_VARIABLE", "run"]

KEY_VARIABLE = "DEVKIT_ENDPOINT_KEY"
"""Where the key of a server outside the workspace is read from: a flag would show it to everybody on the machine."""

_REPORTS = {"terminal": as_table, "json": as_json, "junit": as_junit}


def run(paths: Sequence[Path], against: str, report: str, out: Path | None, *, noise: bool) -> int:
    """Replay and report.

    Args:
        paths: golden files or folders of them; the folder `golden` when none is given.
        against: a URL, an endpoint, or `ENDPOINT/DEPLOYMENT`.
        report: terminal, json or junit.
        out: where the report goes; to stdout if None.
        noise: ask twice, and let what changes by itself not count.

    Returns:
        0 when every request passed, else 1.

    Raises:
        UsageError: there is nothing to replay, or a word is unknown.
    """
    if report not in _REPORTS:
        raise UsageError(f"--format {report!r} is unknown; use {', '.join(_REPORTS)}.")
    goldens = _goldens(paths or [Path(FOLDER)])
    verdicts = list(replay(goldens, _target(against), noise=noise))
    text = _REPORTS[report](verdicts)
    if out is None:
        print(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        print(as_table(verdicts).rpartition("\n")[2], f"report: {out}", sep=", ", file=sys.stderr)
    return 0 if all(each.passed for each in verdicts) else EXIT_FINDINGS


def _goldens(paths: Sequence[Path]) -> list[Golden]:
    try:
        goldens = [each for path in paths for each in _at(path)]
    except BadGoldenError as error:
        raise UsageError(str(error)) from None
    if not goldens:
        shown = ", ".join(map(str, paths))
        raise UsageError(f"no golden requests in {shown}. docs/golden-requests.md shows how one is written.")
    return goldens


def _at(path: Path) -> list[Golden]:
    return [load_golden(path)] if path.suffix == ".json" else load_all(path)


def _target(against: str) -> ReplayTarget:
    if against.startswith(("http://", "https://")):
        return ReplayTarget(against, key=os.environ.get(KEY_VARIABLE))
    endpoint, _, deployment = against.partition("/")
    return _of_workspace(endpoint, deployment or None)


def _of_workspace(endpoint: str, deployment: str | None) -> ReplayTarget:
    from devkit.cli.connecting import connected
    from devkit.endpoints.invoking import secret_of
    from devkit.endpoints.readiness import await_started

    with connected() as client:
        resource = client.get_endpoint(endpoint)
        key = secret_of(client, resource)
        if deployment is not None:
            client.get_deployment(endpoint, deployment)  # a slip in its name is told once, not by every request
        await_started(client, endpoint, note)
    uri = urlsplit(str(resource["properties"]["scoringUri"]))
    return ReplayTarget(f"{uri.scheme}://{uri.netloc}", key=key, deployment=deployment)
