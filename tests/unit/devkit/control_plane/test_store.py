from __future__ import annotations

import sqlite3
import stat
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from devkit.control_plane import migrations
from devkit.control_plane.errors import StateError
from devkit.control_plane.migrations import NEWEST, NewerDatabaseError
from devkit.control_plane.records import DeploymentRecord, EndpointRecord, InstanceRecord, OperationRecord
from devkit.control_plane.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


def endpoint(name: str = "demo") -> EndpointRecord:
    """An endpoint that may be kept."""
    return EndpointRecord(name, 5000, "one", "two", created=1.0, modified=2.0, body={"properties": {"a": [1, None]}})


def deployment(name: str = "blue") -> DeploymentRecord:
    """A deployment of that endpoint."""
    return DeploymentRecord("demo", name, created=1.0, modified=1.0)


def test_a_second_start_finds_everything(path: Path) -> None:
    """What was written is there after closing and opening again, JSON and all."""
    first = Store(path)
    first.endpoints.put(endpoint())
    first.deployments.put(deployment())
    first.instances.put(InstanceRecord("demo.blue.1.0", "demo", "blue", 1, {"host": "x"}, ready=True, restarts=3))
    first.close()
    second = Store(path)
    assert second.endpoints.get("demo") == endpoint()
    assert second.deployments.all(endpoint="demo") == [deployment()]
    assert second.instances.all()[0].instance == {"host": "x"}
    second.close()


def test_putting_again_replaces(store: Store) -> None:
    """A record with the same key takes the other's place, and its deployments stay."""
    store.endpoints.put(endpoint())
    store.deployments.put(deployment())
    changed = endpoint()
    changed.port = 6000
    store.endpoints.put(changed)
    assert [each.port for each in store.endpoints.all()] == [6000]
    assert len(store.deployments.all()) == 1


def test_deployments_go_with_their_endpoint(store: Store) -> None:
    """No deployment outlives its endpoint."""
    store.endpoints.put(endpoint())
    store.deployments.put(deployment())
    store.endpoints.delete(name="demo")
    assert store.deployments.all() == []


def test_old_operations_are_forgotten(store: Store) -> None:
    """Operations that ended long ago go; those that ended lately, or have not, stay."""
    for name, ended in (("old", 1.0), ("new", 100.0), ("open", None)):
        store.operations.put(OperationRecord(name, "work", "demo", None, 0.0, ended))
    store.forget_operations(50.0)
    assert [each.id for each in store.operations.all()] == ["new", "open"]


def test_a_transaction_is_whole_or_nothing(store: Store) -> None:
    """What was written before an error within a transaction is taken back, nested ones included."""

    def fail_halfway() -> None:
        with store.transaction():
            store.endpoints.put(endpoint("one"))
            with store.transaction():
                store.endpoints.put(endpoint("two"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert store.endpoints.all() == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_only_the_owner_may_read(path: Path, store: Store) -> None:
    """The database and the files that SQLite puts beside it are the owner's alone, since keys stand in them."""
    store.endpoints.put(endpoint())
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert "state.db-wal" in modes


def test_threads_share_it(store: Store) -> None:
    """Threads that write at the same time lose nothing."""
    threads = [threading.Thread(target=store.endpoints.put, args=(endpoint(f"e{n}"),)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.endpoints.all()) == 20


def test_a_full_disk_is_told_and_loses_nothing(store: Store) -> None:
    """When the database cannot grow, the error says so, and what was there before is still there."""
    store.endpoints.put(endpoint())
    (pages,) = store.execute("PRAGMA page_count")[0]
    store.execute(f"PRAGMA max_page_count = {pages}")
    large = endpoint("large")
    large.body = {"text": "x" * 1_000_000}
    with pytest.raises(StateError, match=r"full.*Nothing of it is lost"):
        store.endpoints.put(large)
    with pytest.raises(StateError), store.transaction():
        store.endpoints.put(large)
    assert store.endpoints.all() == [endpoint()]
    store.execute("PRAGMA max_page_count = 1000000")
    store.endpoints.put(large)
    assert store.endpoints.get("large") == large


def test_a_newer_database_is_left_alone(path: Path) -> None:
    """A database of a newer version of the kit is not touched, and the error says what to do."""
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 1}")
    connection.close()
    with pytest.raises(NewerDatabaseError, match="newer version"):
        Store(path)


def test_every_step_of_the_schema_is_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of an older schema is brought to the newest with what it holds; a failed step changes nothing."""
    old = Store(path)
    old.endpoints.put(endpoint())
    old.close()
    steps = (*migrations._STEPS, ("ALTER TABLE endpoints ADD COLUMN note TEXT",))
    broken = (*steps, ("CREATE TABLE fine (a)", "NO SQL"))
    monkeypatch.setattr(migrations, "NEWEST", NEWEST + 2)
    monkeypatch.setattr(migrations, "_STEPS", broken)
    with pytest.raises(StateError):
        Store(path)
    monkeypatch.setattr(migrations, "NEWEST", NEWEST + 1)
    monkeypatch.setattr(migrations, "_STEPS", steps)
    new = Store(path)
    assert new.execute("PRAGMA user_version") == [(NEWEST + 1,)]
    assert new.execute("SELECT name, note FROM endpoints") == [("demo", None)]
    assert new.execute("SELECT name FROM sqlite_master WHERE name = 'fine'") == []
    new.close()
