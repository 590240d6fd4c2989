"""Versions of codes, models, environments and data: registered, found, deleted unless in use."""

from __future__ import annotations

import copy
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from devkit.control_plane.errors import BadArgumentError, ConflictError, NotFoundError
from devkit.control_plane.records import VersionRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from devkit.control_plane.store import Store

    Json = dict[str, Any]
    Bring = Callable[[str, str], Path | None]

__all__ = ["KINDS", "SOURCE", "AssetOperations"]

SOURCE = "devkit.source"
"""The property that names the file or folder which was registered; under `dev` the code there is what runs."""

KINDS = ("codes", "models", "environments", "data")
_LOCATIONS = {"codes": ("codeUri",), "models": ("modelUri",), "environments": ("build", "contextUri")}
"""Data has none: it is a folder that collections are written to, and nothing is copied from there."""


class AssetOperations:
    """What can be done with assets. Bodies are in the REST shape."""

    def __init__(
        self,
        store: Store,
        bring: Bring,
        *,
        in_use: Callable[[], AbstractContextManager[None]] = nullcontext,
        deleted: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep versions.

        Args:
            store: where.
            bring: copies what a kind's URI points to, and tells where.
            in_use: while it is entered no copy is collected.
            deleted: is called after a deletion.
        """
        self._store = store
        self._bring = bring
        self._in_use = in_use
        self._deleted = deleted

    def get(self, kind: str, name: str, version: str) -> VersionRecord:
        """A version.

        Raises:
            NotFoundError: there is none of that name and version.
        """
        record = self._store.versions.get(kind, name, version)
        if record is None or record.deleted:
            raise NotFoundError(f"There is no version '{version}' of '{name}' among the {kind} of this workspace.")
        return record

    def all(self, kind: str, name: str) -> list[VersionRecord]:
        """Every version of a name, the newest first; none for a name that is not known."""
        records = self._store.versions.all(kind=kind, name=name)
        return sorted((each for each in records if not each.deleted), key=lambda record: -record.created)

    def versions_of(self, kind: str, name: str) -> list[VersionRecord]:
        """As `list`, of a name that must be known.

        Raises:
            NotFoundError: it has no version.
        """
        records = self.all(kind, name)
        if not records:
            raise NotFoundError(f"There is no '{name}' among the {kind} of this workspace.")
        return records

    def names(self, kind: str) -> dict[str, list[VersionRecord]]:
        """Every name of a kind, each with its versions, the newest first."""
        names = sorted({record.name for record in self._store.versions.all(kind=kind) if not record.deleted})
        return {name: self.all(kind, name) for name in names}

    def put(self, kind: str, name: str, version: str, body: Json) -> tuple[VersionRecord, bool]:
        """Register a version, copying its content; tell whether it is new. Blocks while it copies.

        Raises:
            BadArgumentError: what it points to is not there.
            ConflictError: the version exists with other content; versions never change.
        """
        body = copy.deepcopy(body)
        properties = body.setdefault("properties", {})
        uri = _uri(kind, properties)
        with self._in_use():
            return self._put(kind, name, version, body, uri)

    def _put(self, kind: str, name: str, version: str, body: Json, uri: str | None) -> tuple[VersionRecord, bool]:
        properties = body["properties"]
        content = self._bring(kind, uri) if uri else None
        if uri and content and urlsplit(uri).scheme == "file":
            properties.setdefault("properties", {})[SOURCE] = url2pathname(urlsplit(uri).path)
        now = time.time()
        with self._store.transaction():
            known = self._store.versions.get(kind, name, version)
            if known is not None and known.deleted and not set(self._users(known)):
                known = None
            self._check_unchanged(known, kind, body, content)
            record = VersionRecord(kind, name, version, known.created if known else now, now, body)
            record.content = str(content) if content else known.content if known else None
            self._store.versions.put(record)
        return record, known is None or known.deleted

    def delete(self, kind: str, name: str, version: str | None, *, force: bool = False) -> None:
        """Forget a version, or all of a name. By force also for those that deployments use: only they still have it.

        Raises:
            NotFoundError: there is none.
            ConflictError: a deployment uses it, and `force` was not given.
        """
        records = self.versions_of(kind, name) if version is None else [self.get(kind, name, version)]
        for record in records:
            users = sorted(set(self._users(record)))
            if users and not force:
                told = ", ".join(
                    f"deployment '{deployment}' of endpoint '{endpoint}'" for endpoint, deployment in users
                )
                raise ConflictError(
                    f"Version {record.version} of '{name}' is used by {told}. "
                    "Delete the deployment first, or delete it nevertheless with --force."
                )
        with self._store.transaction():
            for record in records:
                if any(self._users(record)):
                    record.deleted = True
                    self._store.versions.put(record)
                else:
                    self._store.versions.delete(kind=kind, name=name, version=record.version)

        self._deleted()

    def forget_deleted(self) -> None:
        """Forget versions that were deleted by force and that nobody uses any longer."""
        with self._store.transaction():
            for record in self._store.versions.all(deleted=1):
                if not any(self._users(record)):
                    self._store.versions.delete(kind=record.kind, name=record.name, version=record.version)

    def find_by_id(self, identifier: str, endpoint: str = "", deployment: str = "") -> VersionRecord:
        """The version that an ARM id, in whatever spelling, points to.

        Args:
            identifier: the id.
            endpoint: of the deployment that asks.
            deployment: who asks; one that uses a version already also finds it when it was deleted by force.

        Raises:
            BadArgumentError: it is no id of a version.
            NotFoundError: there is no such version.
        """
        for kind in KINDS:
            name, version = _of_id(kind, identifier) or (None, None)
            if name and version:
                known = self._store.versions.get(kind, name, version)
                if known is not None and (endpoint, deployment) in self._users(known):
                    return known
                return self.get(kind, name, version)
        raise BadArgumentError(
            f"'{identifier}' is no id of a version; such as '…/workspaces/<name>/models/<name>/versions/<version>'."
        )

    def _users(self, wanted: VersionRecord) -> Iterator[tuple[str, str]]:
        """The deployments that name it, each as endpoint and name."""
        for deployment in self._store.deployments.all():
            for body in (deployment.body, deployment.serving or {}):
                for identifier in _ids(body):
                    if _of_id(wanted.kind, identifier) == (wanted.name, wanted.version):
                        yield deployment.endpoint, deployment.name
                        break

    def _check_unchanged(self, known: VersionRecord | None, kind: str, body: Json, content: Path | None) -> None:
        if known is None:
            return
        same = str(content) == known.content if content and known.content else True
        if kind == "environments":
            same = same and _essence(known.body) == _essence(body)
        if not same:
            still = "is used by a deployment still, though it was deleted," if known.deleted else "exists"
            raise ConflictError(
                f"Version '{known.version}' of '{known.name}' {still} with other content, and versions never change. "
                "Register it under a new version."
            )


def _uri(kind: str, properties: Json) -> str | None:
    value: Any = properties if kind in _LOCATIONS else None
    for key in _LOCATIONS.get(kind, ()):
        value = value.get(key) if isinstance(value, dict) else None
    return str(value) if value else None


def _essence(body: Json) -> tuple[Any, ...]:
    properties = body.get("properties") or {}
    build = properties.get("build") or {}
    return (properties.get("image"), properties.get("condaFile"), build.get("dockerfilePath"))


def _ids(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _ids(inner)


def _of_id(kind: str, identifier: str) -> tuple[str, str] | None:
    """Name and version of an id of the kind: an ARM path, or `azureml:` and the like before it."""
    parts = identifier.split("/")
    if len(parts) < 4 or parts[-4].lower() != kind or parts[-2].lower() != "versions":  # noqa: PLR2004  kind, name, versions, version
        return None
    return parts[-3], parts[-1]
