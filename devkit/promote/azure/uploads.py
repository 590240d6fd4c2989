"""Files to blobs: one PUT for each file; what is there already is skipped, what was cut off is sent again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit, urlunsplit

from devkit.assets.listing import files_of
from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import urllib3

    from devkit.runtime.protocol import Progress

__all__ = ["Place", "Uploader"]

_API: Final = "2023-11-03"
"""Of the blob service: one PUT takes up to 5000 MiB since 2019-12-12."""
_LARGEST: Final = 5000 * 1024**2
_ATTEMPTS: Final = 5
_TIMEOUT_S: Final = 300
_TOLD_EVERY: Final = 50 * 1024**2
_DONE: Final = (200, 201)
_LATER: Final = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Place:
    """A container, or a folder of one, with what lets write there."""

    url: str
    """May have a signature in its query."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def blob(self, name: str) -> str:
        """The address of a blob below it."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{quote(name)}"))


@dataclass(frozen=True)
class Uploader:
    """Sends the files of a folder, or one file."""

    pool: urllib3.PoolManager
    progress: Progress
    sleep: Callable[[float], None] = time.sleep

    def send(self, source: Path, name: str, place: Place) -> None:
        """Put every file below `place`/`name`; `name` is what the file or folder is called there.

        Raises:
            TargetError: a file is too large, the storage refuses, or the connection is cut again and again.
            OSError: a file cannot be read.
        """
        files = (
            {name: source} if source.is_file() else {f"{name}/{each}": path for each, path in files_of(source).items()}
        )
        sizes = {each: path.stat().st_size for each, path in files.items()}
        total, done, told = sum(sizes.values()), 0, 0
        for each, path in files.items():
            if self._is_there(place, each, sizes[each]):
                self.progress(f"{each} is there already")
            else:
                self._put(path, each, place)
            done += sizes[each]
            if done - told >= _TOLD_EVERY or done == total:
                self.progress(f"{name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB")
                told = done

    def _is_there(self, place: Place, name: str, size: int) -> bool:
        """A blob is whole or not there, and the place is named by the hash of its content: the length suffices."""
        import urllib3

        try:
            answer = self.pool.request("HEAD", place.blob(name), headers=self._headers(place), retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == _DONE[0] and answer.headers.get("Content-Length") == str(size)

    def _put(self, path: Path, name: str, place: Place) -> None:
        if path.stat().st_size > _LARGEST:
            raise TargetError(
                f"{path} has more than 5000 MiB, and one blob takes no more. Upload it with azcopy first."
            )
        why = ""
        for attempt in range(_ATTEMPTS):
            status, why, pause = self._put_once(path, place.blob(name), self._headers(place))
            if status in _DONE:
                return
            if status and status not in _LATER:
                raise TargetError(f"{name} was refused by the storage: {why}", code=str(status))
            self.progress(f"{name} was cut off ({why}); again")
            self.sleep(2.0**attempt if pause is None else pause)
        raise TargetError(
            f"{name} could not be uploaded in {_ATTEMPTS} attempts: {why}. `devkit promote` again sends only what is "
            "not there yet.",
            code="UploadCutOff",
        )

    def _put_once(self, path: Path, url: str, headers: Mapping[str, str]) -> tuple[int, str, float | None]:
        """The status (0 where the connection was cut), why, and how long to wait."""
        import urllib3

        sent = {
            **headers,
            "x-ms-blob-type": "BlockBlob",
            "Content-Type": "application/octet-stream",
            "Content-Length": str(path.stat().st_size),
        }
        try:
            with path.open("rb") as file:
                answer = self.pool.request("PUT", url, body=file, headers=sent, retries=False, timeout=_TIMEOUT_S)
        except urllib3.exceptions.HTTPError as error:
            return 0, type(error).__name__, None
        why = f"{answer.status} {answer.headers.get('x-ms-error-code', '')}".strip()
        told = answer.headers.get("Retry-After", "")
        return answer.status, why, float(told) if told.isdigit() else None

    def _headers(self, place: Place) -> dict[str, str]:
        return {"x-ms-version": _API, **place.headers}
