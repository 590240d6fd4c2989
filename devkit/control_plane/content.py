"""Bringing what an asset's URI points to into the workspace, where it stays as it was registered."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from devkit.control_plane.asset_versions import KINDS
from devkit.control_plane.errors import BadArgumentError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from devkit.workspace import Workspace

__all__ = ["ACCOUNT", "BLOBS", "DATASTORE", "Content"]

ACCOUNT = "devkit"
"""The storage account of the one datastore."""

_LOGGER = logging.getLogger(__name__)

BLOBS = "/blobs"
"""The path on the control plane's https port below which azure-ai-ml puts blobs: /blobs/<container>/<path>."""
DATASTORE = "workspaceblobstore"


class Content:
    """The copies below the workspace's `assets`, each under the hash of what is in it."""

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.assets

    @property
    def uploads(self) -> Path:
        """Where blobs are put; a folder for each container."""
        return self._root / "uploads"

    def upload(self, container: str, blob: str) -> Path:
        """The file of a blob.

        Raises:
            BadArgumentError: its name leads out of the folder.
        """
        path = (self.uploads / container / blob).resolve()
        if not path.is_relative_to(self.uploads.resolve()):
            raise BadArgumentError(f"The blob name '{blob}' leads out of its container.")
        return path

    def in_use(self) -> AbstractContextManager[None]:
        """Inside, what is brought is not collected, although nothing refers to it yet."""
        from devkit.assets.collecting import in_use

        return in_use(self._root)

    def collect(self, used: Callable[[], Iterable[Path]]) -> None:
        """Remove copies that are not among `used`. What was uploaded stays; so does all while somebody is at work."""
        from devkit.assets.collecting import collect

        try:
            removed = collect(self._root, KINDS, used)
        except OSError as error:
            _LOGGER.warning("Content that nobody uses could not be removed: %s", error)
        else:
            for place in removed:
                _LOGGER.info("%s was removed: nothing refers to it.", place)

    def tidy(self) -> None:
        """Remove what a control plane that was killed has left half copied."""
        from devkit.assets.content import remove_drafts

        for kind in KINDS:
            remove_drafts(self._root / kind)

    def bring(self, kind: str, uri: str) -> Path | None:
        """Copy what `uri` points to, unless it was uploaded here already; None for what is no file of ours.

        Raises:
            BadArgumentError: there is nothing, or it lies where an offline machine cannot reach.
            StateError: it cannot be copied: the disk is full, or something may not be read.
        """
        source = self._source(uri)
        if source.is_relative_to(self._root.resolve()):
            return source
        from devkit.assets.content import store  # late, since it brings the reader of ignore files

        try:
            return store(source, self._root / kind, read_only=kind == "models")
        except OSError as error:
            raise StateError(f"{source} could not be copied into the workspace: {error}.") from error

    def _source(self, uri: str) -> Path:
        parts = urlsplit(uri)
        if parts.scheme == "file":
            source = Path(url2pathname(parts.path))
        elif parts.scheme == "azureml":
            source = self.upload(DATASTORE, unquote(uri.partition("/paths/")[2]).strip("/"))
        elif parts.scheme in {"http", "https"} and BLOBS in parts.path:
            source = self._blob(parts.path.partition(BLOBS)[2])
        elif parts.scheme == "https" and parts.netloc.startswith(f"{ACCOUNT}.blob."):
            source = self._blob(parts.path)  # build folders go by the account's address, which names no path before it
        else:
            raise BadArgumentError(
                f"'{uri}' cannot be fetched here. The local control plane takes files of this machine and what was "
                "uploaded to it."
            )
        if not source.exists():
            raise BadArgumentError(f"'{uri}' points to nothing: {source} does not exist.")
        return source.resolve()

    def _blob(self, path: str) -> Path:
        container, _, blob = unquote(path).strip("/").partition("/")
        return self.upload(container, blob)
