"""``devkit record``: golden requests from what took place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from devkit.cli.errors import UsageError
from devkit.cli.progress import note
from devkit.golden.recording import golden_of, pairs_in, save
from devkit.golden.redacting import Redactor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.golden.recording import Exchange

__all__ = ["Recorder", "from_logs", "from_proxy"]

_SERVER_ERROR = 500
_COLLECTED = "modelDataCollector"


class Recorder:
    """Writes golden requests to a folder, up to a number."""

    def __init__(self, folder: Path, redact: Sequence[str], limit: int) -> None:
        self._folder = folder
        self._redactor = Redactor(redact)
        self._left = limit
        self.written = 0

    @property
    def full(self) -> bool:
        """Whether there is no room for another one."""
        return self.written >= self._left

    def take(self, exchange: Exchange) -> None:
        """Write one, unless the same request was recorded before."""
        if self.full:
            return
        if exchange.status is not None and exchange.status >= _SERVER_ERROR:
            route = exchange.path.partition("?")[0]
            note(f"{exchange.status} {route} is not recorded: it is no answer to expect")
            return
        golden = golden_of(exchange, self._redactor)
        path = save(golden, self._folder)
        if path is None:
            return
        self.written += 1
        note(f"{exchange.status or 'collected'} {golden['request']['path']} -> {path}")
        if "note" in golden:
            note(f"  {golden['note']}")


def from_logs(source: str, recorder: Recorder) -> None:
    """Record what a data collector wrote: a folder, a file, or ``ENDPOINT[/DEPLOYMENT]`` of this workspace.

    Raises:
        UsageError: there is no such thing, or nothing in it.
    """
    folder = _collected(source)
    found = 0
    for exchange in pairs_in(folder):
        found += 1
        recorder.take(exchange)
    if not found:
        raise UsageError(
            f"{folder} has no request with its answer. Both collections, request and response, must be in the "
            "deployment's data_collector."
        )
    note(f"{recorder.written} new golden requests of {found} exchanges. No status is collected, so none is compared")


def from_proxy(url: str, port: int, recorder: Recorder) -> None:
    """Listen, hand requests through to `url`, and record them until Ctrl+C.

    Raises:
        UsageError: the URL or the port cannot be used.
    """
    from devkit.golden.recording_proxy import RecordingProxy

    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--url {url!r}: give scheme, host and port, such as http://127.0.0.1:5001.")
    try:
        proxy = RecordingProxy(url, recorder.take, port)
    except OSError as error:
        raise UsageError(f"Port {port} cannot be listened on: {error.strerror}.") from None
    with proxy:
        note(f"Send your requests to {proxy.address}; they go to {url}. Ctrl+C ends the recording.")
        try:
            proxy.serve_forever()
        except KeyboardInterrupt:
            note(f"{recorder.written} new golden requests")


def _collected(source: str) -> Path:
    from devkit.workspace import find_workspace

    if Path(source).exists():
        return Path(source)
    endpoint, _, deployment = source.partition("/")
    root = find_workspace(Path.cwd()).gateway(endpoint) / _COLLECTED / endpoint
    folder = root / deployment if deployment else root
    if not folder.is_dir():
        raise UsageError(
            f"{source} is no file or folder, and nothing was collected of an endpoint of that name in {folder}. "
            "Give the deployment a data_collector, or record with --url."
        )
    return folder
