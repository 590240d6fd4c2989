"""The state in SQLite: everything that must outlive the control plane, written before it is announced."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from devkit.control_plane.errors import StateError
from devkit.control_plane.migrations import migrate
from devkit.control_plane.records import (
    DeploymentRecord,
    EndpointRecord,
    InstanceRecord,
    OperationRecord,
    TokenRecord,
    VersionRecord,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Store", "Table"]

Record = TypeVar("Record")


class Table(Generic[Record]):
    """The rows of one table as records. Threads may use it at the same time.

    Every method raises:
        StateError: the database could not be read or written; what it held before is still there.
    """

    def __init__(self, store: Store, record: type[Record], name: str, key: tuple[str, ...]) -> None:
        self._store = store
        self._record = record
        self._name = name
        self._key = key
        self._columns = [column.name for column in fields(record)]  # type: ignore[arg-type]  # records are dataclasses
        self._json = {column.name for column in fields(record) if column.metadata.get("json")}  # type: ignore[arg-type]  # as above

    def get(self, *key: str) -> Record | None:
        """The record of a key, if there is one."""
        return next(iter(self.all(**dict(zip(self._key, key, strict=True)))), None)

    def all(self, **equal: Any) -> list[Record]:
        """The records whose columns equal what is given, in the order of the key."""
        where = " AND ".join(f"{column} = ?" for column in equal) or "1"
        order = ", ".join(self._key)
        query = f"SELECT {', '.join(self._columns)} FROM {self._name} WHERE {where} ORDER BY {order}"  # noqa: S608  names of ours
        return [self._read(row) for row in self._store.execute(query, tuple(equal.values()))]

    def put(self, record: Record) -> None:
        """Write a record in the place of the one with its key."""
        values = [self._write(column, getattr(record, column)) for column in self._columns]
        marks = ", ".join("?" * len(values))
        others = [column for column in self._columns if column not in self._key]
        update = ", ".join(f"{column} = excluded.{column}" for column in others)
        self._store.execute(
            f"INSERT INTO {self._name} ({', '.join(self._columns)}) VALUES ({marks}) "  # noqa: S608  names of ours
            f"ON CONFLICT ({', '.join(self._key)}) DO UPDATE SET {update}",
            tuple(values),
        )

    def delete(self, **equal: Any) -> None:
        """Delete the records whose columns equal what is given."""
        where = " AND ".join(f"{column} = ?" for column in equal)
        self._store.execute(f"DELETE FROM {self._name} WHERE {where}", tuple(equal.values()))  # noqa: S608  names of ours

    def _write(self, column: str, value: Any) -> Any:
        return json.dumps(value) if column in self._json and value is not None else value

    def _read(self, row: tuple[Any, ...]) -> Record:
        values = dict(zip(self._columns, row, strict=True))
        for column in self._json:
            values[column] = None if values[column] is None else json.loads(values[column])
        return self._record(**values)


class Store:
    """One database. Open it in one process alone; `daemon` sees to that."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it, and bring it to the newest schema.

        Raises:
            StateError: it cannot be opened or written.
            NewerDatabaseError: a newer version of the kit wrote it.
        """
        self._lock = threading.RLock()
        self._depth = 0
        self._path = path
        with self._telling():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)  # SQLite gives the same mode to the files that it puts beside it
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            migrate(self._connection)
        self.endpoints = Table(self, EndpointRecord, "endpoints", ("name",))
        self.deployments = Table(self, DeploymentRecord, "deployments", ("endpoint", "name"))
        self.instances = Table(self, InstanceRecord, "instances", ("name",))
        self.versions = Table(self, VersionRecord, "versions", ("kind", "name", "version"))
        self.operations = Table(self, OperationRecord, "operations", ("id",))
        self.tokens = Table(self, TokenRecord, "tokens", ("digest",))

    def execute(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and give its rows; for `Table`."""
        with self._lock, self._telling():
            return self._connection.execute(query, values).fetchall()

    def bump_revision(self, endpoint: str, revision: int) -> None:
        """Write the revision of an endpoint's gateway configuration, and nothing else of the endpoint."""
        self.execute("UPDATE endpoints SET revision = ? WHERE name = ?", (revision, endpoint))

    def forget_operations(self, ended_before: float) -> None:
        """Delete the operations that ended before a time, in seconds since the epoch."""
        self.execute("DELETE FROM operations WHERE ended < ?", (ended_before,))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is written within is written together or not at all. Others wait."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self.execute("BEGIN IMMEDIATE")
                yield
            except BaseException:
                if self._depth == 1 and self._connection.in_transaction:
                    self.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._commit()
            finally:
                self._depth -= 1

    def close(self) -> None:
        """Close the database; what was written stays."""
        with self._lock:
            self._connection.close()

    def _commit(self) -> None:
        try:
            self.execute("COMMIT")
        except StateError:
            if self._connection.in_transaction:
                self.execute("ROLLBACK")
            raise

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StateError(
                f"The state in {self._path} could not be written or read: {error}. Nothing of it is lost. "
                "See to room on the disk and to the file's owner, then repeat the command."
            ) from error
