"""Counters that all workers of a server share, and the text of ``/metrics`` and the phases of ``/readyz`` made of them.

A board is one piece of shared memory with a slot of 8-byte floats for every worker. Only its own worker writes to a
slot, any process reads them all, and a worker that replaces another one goes on with the other's counters. An increment
is ``cells[i] += 1``: three bytecodes without a point at which CPython switches threads, so no lock is needed.

The text format is Prometheus' 0.0.4, written by hand: it is smaller than importing a client library is slow.
"""

from __future__ import annotations

import mmap
import os
import time
from bisect import bisect_left
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CONTENT_TYPE", "MetricsBoard", "MetricsSlot", "Phase", "WorkerState"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the latency histograms, in seconds."""

_HISTOGRAM = len(BUCKETS_S) + 1  # and one bucket for what is longer than all
_FIRST_STATUS, _LAST_STATUS = 100, 599

# The layout of a slot, in cells.
_IN_FLIGHT = 0
_PHASE = 1
_GENERATION = 2
_INIT_SECONDS = 3
_HEARTBEAT = 4
_OVERDUE = 5
_STARTS = 6
_ACCEPTING = 7
_REQUEST_SECONDS = 8
_RUN_SECONDS = 9
_REQUESTS = 10
_RUNS = _REQUESTS + _HISTOGRAM
_STATUSES = _RUNS + _HISTOGRAM - _FIRST_STATUS
_CELLS = _STATUSES + _LAST_STATUS + 1
_REASON_BYTES = 2048
_SLOT_BYTES = _CELLS * 8 + _REASON_BYTES


class Phase(str, Enum):
    """How far a worker is: loading and ``init()``, answering, or neither because ``init()`` failed."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


_PHASES = tuple(Phase)
_UNREADINESS = (Phase.READY, Phase.STARTING, Phase.FAILED)


class WorkerState(NamedTuple):
    """What one worker last said of itself. Times are seconds; `heartbeat` is on time.monotonic()'s scale."""

    phase: Phase
    reason: str
    accepting: bool
    generation: int
    init_seconds: float
    heartbeat: float
    overdue_seconds: float


class MetricsSlot:
    """One worker's part of the board. Its worker writes it, any process may read it."""

    __slots__ = ("_cells", "_reason")

    def __init__(self, memory: memoryview) -> None:
        self._cells = memory[: _CELLS * 8].cast("d")
        self._reason = memory[_CELLS * 8 :]

    def begin(self) -> None:
        """Count a start, after another worker or none."""
        self._cells[_STARTS] += 1
        self.reset()

    def reset(self, reason: str = "") -> None:
        """Forget the state of a worker that has ended; its counters stay."""
        cells = self._cells
        cells[_IN_FLIGHT] = cells[_OVERDUE] = cells[_GENERATION] = cells[_ACCEPTING] = 0
        cells[_HEARTBEAT] = time.monotonic()
        self.set_phase(Phase.STARTING, reason)

    def enter(self) -> None:
        """Count a request in."""
        self._cells[_IN_FLIGHT] += 1

    def leave(self, status: int, seconds: float) -> None:
        """Count a request out that took `seconds` and was answered with `status` (100 to 599)."""
        cells = self._cells
        cells[_IN_FLIGHT] -= 1
        cells[_STATUSES + status] += 1
        cells[_REQUESTS + bisect_left(BUCKETS_S, seconds)] += 1
        cells[_REQUEST_SECONDS] += seconds

    def observe_run(self, seconds: float) -> None:
        """Count one ``run()`` of `seconds`."""
        cells = self._cells
        cells[_RUNS + bisect_left(BUCKETS_S, seconds)] += 1
        cells[_RUN_SECONDS] += seconds

    def set_phase(self, phase: Phase, reason: str = "") -> None:
        """Say how far the worker is, and why when it is not ready; a long `reason` is cut."""
        encoded = reason.encode("utf-8", "replace")[: _REASON_BYTES - 1]
        self._reason[: len(encoded) + 1] = encoded + b"\0"
        self._cells[_PHASE] = _PHASES.index(phase)

    def set_generation(self, generation: int) -> None:
        """The number of good live updates."""
        self._cells[_GENERATION] = generation

    def set_init_seconds(self, seconds: float) -> None:
        """How long loading the script and ``init()`` took."""
        self._cells[_INIT_SECONDS] = seconds

    def beat(self, overdue_seconds: float) -> None:
        """Show that the interpreter runs, and how long a ``run()`` is past its deadline."""
        self._cells[_OVERDUE] = overdue_seconds
        self._cells[_HEARTBEAT] = time.monotonic()

    @property
    def accepting(self) -> bool:
        """Whether connections come to this worker; one that replaces another is not asked before it is ready."""
        return bool(self._cells[_ACCEPTING])

    @accepting.setter
    def accepting(self, value: bool) -> None:
        self._cells[_ACCEPTING] = value

    @property
    def in_flight(self) -> int:
        """Requests counted in and not out."""
        return int(self._cells[_IN_FLIGHT])

    @property
    def state(self) -> WorkerState:
        """What the worker last said of itself."""
        cells = self._cells
        return WorkerState(
            phase=_PHASES[int(cells[_PHASE])],
            reason=bytes(self._reason).partition(b"\0")[0].decode("utf-8", "replace"),
            accepting=self.accepting,
            generation=int(cells[_GENERATION]),
            init_seconds=cells[_INIT_SECONDS],
            heartbeat=cells[_HEARTBEAT],
            overdue_seconds=cells[_OVERDUE],
        )

    def copy(self) -> Sequence[float]:
        """All cells as they are now."""
        return self._cells.tolist()


class MetricsBoard:
    """The slots of all workers of one server. `create` in the process that starts them, `attach` in a worker."""

    def __init__(self, memory: mmap.mmap, slots: int, handle: int | str) -> None:
        self._memory = memory
        self.handle = handle
        """What `attach` needs: a file descriptor to inherit, or a path where processes cannot inherit one."""
        view = memoryview(memory)
        self._slots = [MetricsSlot(view[i * _SLOT_BYTES : (i + 1) * _SLOT_BYTES]) for i in range(slots)]

    @classmethod
    def create(cls, slots: int = 1) -> MetricsBoard:
        """A new board. It has no name in the file system where the system allows it, so nothing is left behind."""
        if hasattr(os, "memfd_create"):  # needs no writable folder: containers are often read-only
            handle = os.memfd_create("infsrv-metrics")
        else:
            import tempfile

            handle, path = tempfile.mkstemp(prefix="infsrv-metrics-")
            if os.name == "nt":
                os.close(handle)
                return cls._of_path(path, slots)
            os.unlink(path)  # noqa: PTH108  pathlib costs the master 10 ms of its start
        os.ftruncate(handle, slots * _SLOT_BYTES)
        return cls(mmap.mmap(handle, 0), slots, handle)

    @classmethod
    def attach(cls, handle: int | str) -> MetricsBoard:
        """The board of another process, by its `handle`."""
        if isinstance(handle, str):
            return cls._of_path(handle, 0)
        return cls(mmap.mmap(handle, 0), os.fstat(handle).st_size // _SLOT_BYTES, handle)

    @classmethod
    def _of_path(cls, path: str, slots: int) -> MetricsBoard:
        with open(path, "r+b") as file:  # noqa: PTH123  the path is a string, and this a worker's start
            if slots:
                file.truncate(slots * _SLOT_BYTES)
            size = os.fstat(file.fileno()).st_size
            return cls(mmap.mmap(file.fileno(), size), size // _SLOT_BYTES, path)

    def slot(self, index: int) -> MetricsSlot:
        """The part of worker `index`, from 0."""
        return self._slots[index]

    def states(self) -> list[WorkerState]:
        """What every worker last said of itself."""
        return [slot.state for slot in self._slots]

    def readiness(self) -> WorkerState:
        """The state of the server as a whole: that of the worker which is the least ready of those that matter.

        A worker that is not ready and does not accept connections does not matter while another one is ready.
        """
        states = self.states()
        ready = any(state.phase is Phase.READY for state in states)
        matter = [state for state in states if state.accepting or state.phase is Phase.READY or not ready]
        return max(matter, key=lambda state: _UNREADINESS.index(state.phase))

    def render(self) -> str:
        """The Prometheus text: counters and histograms added up over the workers, phases one line a worker."""
        return render([slot.copy() for slot in self._slots])


def render(slots: list[Sequence[float]]) -> str:
    """The Prometheus text for the cells of `slots`."""
    total = [sum(column) for column in zip(*slots, strict=True)]
    lines: list[str] = []
    _add(lines, "infsrv_requests_total", "counter", "Requests answered, by HTTP status.")
    lines += [
        f'infsrv_requests_total{{code="{status}"}} {_number(total[_STATUSES + status])}'
        for status in range(_FIRST_STATUS, _LAST_STATUS + 1)
        if total[_STATUSES + status]
    ]
    _add_histogram(lines, "infsrv_request_duration_seconds", "The whole of a request.", total, _REQUESTS)
    _add_histogram(lines, "infsrv_run_duration_seconds", "The script's run() alone.", total, _RUNS)
    _add(lines, "infsrv_requests_in_flight", "gauge", "Requests being answered now.", total[_IN_FLIGHT])
    _add(lines, "infsrv_worker_starts_total", "counter", "Worker processes started.", total[_STARTS])
    _add(
        lines,
        "infsrv_reload_generation",
        "gauge",
        "Good live updates so far.",
        max(cells[_GENERATION] for cells in slots),
    )
    _add_per_worker(lines, "infsrv_init_seconds", "Loading the script and init().", slots, lambda c: c[_INIT_SECONDS])
    _add(lines, "infsrv_worker_phase", "gauge", "1 for the phase each worker is in.")
    for worker, cells in enumerate(slots):
        for number, phase in enumerate(_PHASES):
            lines.append(
                f'infsrv_worker_phase{{worker="{worker}",phase="{phase.value}"}} {int(cells[_PHASE] == number)}'
            )
    return "\n".join(lines) + "\n"


def _add(lines: list[str], name: str, kind: str, text: str, value: float | None = None) -> None:
    lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    if value is not None:
        lines.append(f"{name} {_number(value)}")


def _add_per_worker(
    lines: list[str], name: str, text: str, slots: list[Sequence[float]], value: Callable[[Sequence[float]], float]
) -> None:
    _add(lines, name, "gauge", text)
    lines += [f'{name}{{worker="{worker}"}} {_number(value(cells))}' for worker, cells in enumerate(slots)]


def _add_histogram(lines: list[str], name: str, text: str, total: Sequence[float], first: int) -> None:
    _add(lines, name, "histogram", text)
    count = 0.0
    for bound, inside in zip((*BUCKETS_S, "+Inf"), total[first : first + _HISTOGRAM], strict=True):
        count += inside
        lines.append(f'{name}_bucket{{le="{bound}"}} {_number(count)}')
    seconds = total[_REQUEST_SECONDS if first == _REQUESTS else _RUN_SECONDS]
    lines += [f"{name}_sum {_number(seconds)}", f"{name}_count {_number(count)}"]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
