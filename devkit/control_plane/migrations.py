"""The database's schema, step by step: each entry takes it from one version to the next, and is never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

__all__ = ["NEWEST", "NewerDatabaseError", "migrate"]

_STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE endpoints (
            name TEXT PRIMARY KEY, port INTEGER NOT NULL, primary_key TEXT NOT NULL, secondary_key TEXT NOT NULL,
            created REAL NOT NULL, modified REAL NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL,
            body TEXT NOT NULL)""",
        """CREATE TABLE deployments (
            endpoint TEXT NOT NULL REFERENCES endpoints (name) ON DELETE CASCADE, name TEXT NOT NULL,
            created REAL NOT NULL, modified REAL NOT NULL, generation INTEGER NOT NULL, state TEXT NOT NULL,
            body TEXT NOT NULL, serving TEXT, serving_generation INTEGER NOT NULL, notes TEXT NOT NULL,
            PRIMARY KEY (endpoint, name))""",
        """CREATE TABLE instances (
            name TEXT PRIMARY KEY, endpoint TEXT NOT NULL, deployment TEXT NOT NULL, generation INTEGER NOT NULL,
            instance TEXT NOT NULL, ready INTEGER NOT NULL, restarts INTEGER NOT NULL)""",
        """CREATE TABLE versions (
            kind TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, created REAL NOT NULL,
            modified REAL NOT NULL, body TEXT NOT NULL, content TEXT, PRIMARY KEY (kind, name, version))""",
        """CREATE TABLE operations (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, endpoint TEXT NOT NULL, deployment TEXT, started REAL NOT NULL,
            ended REAL, status TEXT NOT NULL, error TEXT)""",
        """CREATE TABLE tokens (
            digest TEXT PRIMARY KEY, endpoint TEXT NOT NULL REFERENCES endpoints (name) ON DELETE CASCADE,
            expires REAL NOT NULL)""",
    ),
    ("ALTER TABLE versions ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0",),
)

NEWEST = len(_STEPS)


class NewerDatabaseError(Exception):
    """The database was written by a newer version of the kit."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest schema; all of it or nothing.

    Raises:
        NewerDatabaseError: its version is not known to this version of the kit.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > NEWEST:
        raise NewerDatabaseError(
            f"The state was written by a newer version of the kit (schema {version}; this one knows {NEWEST}). "
            "Use that version, or move .devkit/state.db away to begin anew."
        )
    if version == NEWEST:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statements in _STEPS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {NEWEST}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
