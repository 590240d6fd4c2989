"""Long-running operations: a thread each, one at a time a target, resumed where a predecessor was killed."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devkit.control_plane.errors import ConflictError, CutOffError, NotFoundError, ServiceError
from devkit.control_plane.memory import give_back
from devkit.control_plane.records import OperationRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.control_plane.store import Store
    from devkit.runtime.protocol import Progress

    Work = Callable[[OperationRecord, Progress], None]

__all__ = ["Jobs"]

_LOGGER = logging.getLogger(__name__)
_MOST_LINES = 5000
_LOOK_SECONDS = 0.05
_BADLY = {"OperationCanceled": "Canceled"}


class Jobs:
    """What goes on now, and how it ended."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._work: dict[str, Work] = {}
        self._busy: dict[tuple[str, str | None], str] = {}
        self._progress: dict[str, list[str]] = {}
        self._unwritten: dict[str, OperationRecord] = {}
        self._threads: set[threading.Thread] = set()

    def register(self, kind: str, work: Work) -> None:
        """Tell what does a kind of operation; after a kill it runs again, so it must take up what is half done."""
        self._work[kind] = work

    def begin(self, kind: str, endpoint: str, deployment: str | None = None) -> OperationRecord:
        """Begin an operation and return at once.

        Args:
            kind: what was registered.
            endpoint: whose endpoint.
            deployment: the deployment; None for the endpoint itself.

        Raises:
            ConflictError: something goes on with the target already. Then nothing was begun.
        """
        with self.beginning(kind, endpoint, deployment) as record:
            pass
        return record

    @contextmanager
    def beginning(self, kind: str, endpoint: str, deployment: str | None = None) -> Iterator[OperationRecord]:
        """As `begin`, with time to write what the operation shall bring about; it starts when the block ends well.

        Within the block nobody else can begin anything with the target, so what is refused has written nothing.

        Raises:
            ConflictError: something goes on with the target already.
        """
        record = OperationRecord(str(uuid.uuid4()), kind, endpoint, deployment, time.time())
        self._reserve(record)
        try:
            yield record
            self._store.operations.put(record)
        except BaseException:
            self._release(record)
            raise
        self._start(record)

    def resume(self) -> None:
        """Take up what was going on when the last control plane was killed."""
        for record in self._store.operations.all(status="InProgress"):
            self._reserve(record)
            self._start(record)

    def get(self, identifier: str) -> tuple[OperationRecord, list[str]]:
        """An operation, with what was told of it since the control plane started.

        Raises:
            NotFoundError: there is none of that id.
        """
        record = self._unwritten.get(identifier) or self._store.operations.get(identifier)
        if record is None:
            raise NotFoundError(f"There is no operation '{identifier}'.")
        return record, list(self._progress.get(identifier, ()))

    def await_free(self, endpoint: str, deployment: str | None, timeout_s: float) -> None:
        """Wait until nothing goes on with a target.

        Raises:
            ConflictError: something still does after `timeout_s` seconds.
        """
        deadline = time.monotonic() + timeout_s
        while (endpoint, deployment) in self._busy:
            if time.monotonic() > deadline:
                raise _goes_on(endpoint, deployment)
            time.sleep(_LOOK_SECONDS)

    def join(self, timeout_s: float) -> None:
        """Wait for what goes on to end, `timeout_s` seconds in all."""
        deadline = time.monotonic() + timeout_s
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _reserve(self, record: OperationRecord) -> None:
        with self._lock:
            if self._busy.setdefault((record.endpoint, record.deployment), record.id) != record.id:
                raise _goes_on(record.endpoint, record.deployment)

    def _release(self, record: OperationRecord) -> None:
        with self._lock:
            self._busy.pop((record.endpoint, record.deployment), None)

    def _start(self, record: OperationRecord) -> None:
        self._progress[record.id] = []
        thread = threading.Thread(
            target=self._run, args=(record,), name=f"{record.kind} {record.endpoint}", daemon=True
        )
        self._threads.add(thread)
        thread.start()

    def _run(self, record: OperationRecord) -> None:
        status, error = "Succeeded", None
        try:
            self._work[record.kind](record, lambda line: self._tell(record.id, line))
        except CutOffError:
            self._release(record)
            return
        except ServiceError as caught:
            status, error = _BADLY.get(caught.code, "Failed"), caught.to_json()
        except Exception as caught:
            _LOGGER.exception("Operation %s on %s failed in a way that nobody foresaw", record.kind, record.endpoint)
            status, error = "Failed", ServiceError(f"{type(caught).__name__}: {caught}").to_json()
        record.status, record.error, record.ended = status, error, time.time()
        self._finish(record)

    def _finish(self, record: OperationRecord) -> None:
        self._release(record)  # first, so that who reads of the end may begin the next at once
        try:
            self._store.operations.put(record)
        except ServiceError:
            _LOGGER.exception("The end of operation %s could not be written", record.id)
            self._unwritten[record.id] = record
        give_back()
        self._threads.discard(threading.current_thread())

    def _tell(self, identifier: str, line: str) -> None:
        lines = self._progress[identifier]
        if len(lines) < _MOST_LINES:
            lines.append(line)


def _goes_on(endpoint: str, deployment: str | None) -> ConflictError:
    what = f"deployment '{deployment}' of endpoint '{endpoint}'" if deployment else f"endpoint '{endpoint}'"
    return ConflictError(f"An operation on {what} is going on. Wait for its end, then repeat the command.")
