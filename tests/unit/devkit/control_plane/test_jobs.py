from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from devkit.control_plane.errors import ConflictError, CutOffError, NotFoundError, ServiceError, StateError
from devkit.control_plane.jobs import Jobs
from devkit.control_plane.records import OperationRecord
from devkit.control_plane.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.runtime.protocol import Progress


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "state.db")
    yield store
    store.close()


def test_an_operation_is_followed_to_its_end(store: Store) -> None:
    """What an operation tells can be read, and its end is kept."""
    jobs = Jobs(store)
    jobs.register("work", lambda _, tell: tell("half"))
    record = jobs.begin("work", "demo")
    jobs.join(10)
    ended, progress = jobs.get(record.id)
    assert (ended.status, progress) == ("Succeeded", ["half"])
    assert ended.ended is not None


@pytest.mark.parametrize("error", [ServiceError("no", code="BadLuck", log="why"), ZeroDivisionError("no")])
def test_a_failure_is_kept(store: Store, error: Exception) -> None:
    """An operation that fails ends as failed with what it failed of, foreseen or not."""

    def fail(_: OperationRecord, tell: Progress) -> None:
        raise error

    jobs = Jobs(store)
    jobs.register("work", fail)
    record = jobs.begin("work", "demo")
    jobs.join(10)
    ended, _ = jobs.get(record.id)
    assert ended.status == "Failed"
    assert ended.error is not None
    assert "no" in ended.error["message"]


def test_one_at_a_time(store: Store) -> None:
    """A second operation on the same target is refused while the first goes on; another target's is not."""
    go_on = threading.Event()
    jobs = Jobs(store)
    jobs.register("work", lambda _, tell: go_on.wait(10) and None)
    jobs.begin("work", "demo", "blue")
    with pytest.raises(ConflictError, match="going on"):
        jobs.begin("work", "demo", "blue")
    jobs.begin("work", "demo", "green")
    go_on.set()
    jobs.join(10)
    jobs.begin("work", "demo", "blue")
    jobs.join(10)


def test_nobody_begins_what_another_prepares(store: Store) -> None:
    """While one writes what its operation shall bring about, a second is refused; it starts once that is written."""
    seen: list[str] = []
    jobs = Jobs(store)
    jobs.register("work", lambda _, tell: seen.append("started"))
    with jobs.beginning("work", "demo", "blue") as record:
        with pytest.raises(ConflictError, match="deployment 'blue' of endpoint 'demo' is going on"):
            jobs.begin("work", "demo", "blue")
        seen.append("written")
    jobs.join(10)
    assert seen == ["written", "started"]
    assert jobs.get(record.id)[0].status == "Succeeded"


def test_what_could_not_be_prepared_is_not_begun(store: Store) -> None:
    """An error while that is written starts nothing, and leaves the target free."""
    started: list[str] = []
    jobs = Jobs(store)
    jobs.register("work", lambda record, tell: started.append(record.id))
    with pytest.raises(StateError), jobs.beginning("work", "demo"):
        raise StateError("The disk is full.")
    record = jobs.begin("work", "demo")
    jobs.join(10)
    assert started == [record.id]


def test_what_was_cut_off_is_taken_up(store: Store) -> None:
    """An operation that a killed control plane was at is done by the next one, under the same id."""
    store.operations.put(OperationRecord("cut", "work", "demo", "blue", started=1.0))
    done = []
    jobs = Jobs(store)
    jobs.register("work", lambda record, tell: done.append(record.deployment))
    jobs.resume()
    jobs.join(10)
    assert done == ["blue"]
    assert jobs.get("cut")[0].status == "Succeeded"


def test_what_the_end_cuts_off_stays_open(store: Store) -> None:
    """An operation that the control plane's own end interrupts is no failure: it is there for the next to take up."""

    def cut_off(_: OperationRecord, tell: Progress) -> None:
        raise CutOffError

    jobs = Jobs(store)
    jobs.register("work", cut_off)
    record = jobs.begin("work", "demo")
    jobs.join(10)
    assert [each.id for each in store.operations.all(status="InProgress")] == [record.id]


def test_an_end_that_cannot_be_written_is_still_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full at an operation's end, whoever waits for it learns of the end nevertheless."""
    go_on = threading.Event()
    jobs = Jobs(store)
    jobs.register("work", lambda _, tell: go_on.wait(10) and None)
    record = jobs.begin("work", "demo")

    def full(_: OperationRecord) -> None:
        raise StateError("The disk is full.")

    monkeypatch.setattr(store.operations, "put", full)
    go_on.set()
    jobs.join(10)
    assert jobs.get(record.id)[0].status == "Succeeded"


def test_there_is_no_such_operation(store: Store) -> None:
    """An unknown id is told as such."""
    with pytest.raises(NotFoundError, match="nothing"):
        Jobs(store).get("nothing")
