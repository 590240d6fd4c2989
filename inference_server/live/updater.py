"""Live update as a whole: wait for a change, plan it, take an exclusive turn, apply it, say what happened."""

from __future__ import annotations

import queue
import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol

from inference_server.errors import StartupError
from inference_server.live.apply import apply
from inference_server.live.folder import CodeFolder
from inference_server.live.plan import plan
from inference_server.live.report import describe, describe_error, whole_error
from inference_server.live.steps import Plan, RestartProcess
from inference_server.live.watch import FolderWatch
from inference_server.metrics import Phase

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import ModuleType

    from inference_server.live.source import Module

__all__ = ["LiveEngine", "LiveUpdater"]

_FIRST_WAIT_S = 0.5
_LATER_WAIT_S = 0.05
_PAUSE_S = 0.1
_LONGEST_STOP_S = 1.0


class Gate(Protocol):
    """What an update needs of the gate that every request passes."""

    @property
    def in_flight(self) -> int:
        """How many requests hold it."""
        ...

    def exclusive(self, timeout: float) -> AbstractContextManager[None]:
        """All of it, or TimeoutError."""
        ...


class Script(Protocol):
    """The loaded script."""

    module: ModuleType


class LiveEngine(Protocol):
    """What an update needs of the scoring engine."""

    generation: int
    reload_error: str | None

    @property
    def gate(self) -> Gate:
        """Every request passes it."""
        ...

    @property
    def script(self) -> Script:
        """The script, once it is loaded."""
        ...

    @property
    def phase(self) -> Phase:
        """Whether the script is loading, serving or failed."""
        ...

    def wait_settled(self, timeout: float | None = None) -> bool:
        """Wait for the end of `start`."""
        ...

    def start(self) -> None:
        """Load the script and call ``init()``; raises StartupError."""
        ...

    def run_init(self) -> None:
        """Call ``init()`` again; raises what it raises."""
        ...

    def rebind(self) -> None:
        """Look at the script's functions again; raises StartupError."""
        ...


class LiveUpdater:
    """Keeps a running script equal to its files.

    To be made before the engine starts, so that it knows the files as the script finds them.

    Args:
        root: the code folder.
        engine: the engine whose script is updated.
        restart: starts the process anew; called with the reason, from this updater's thread.
        debugger_attached: while it says True no restart is done: it would end the session.
        say: prints a line on the console.
        ignored: folders in `root` that hold no code, such as the model's.
    """

    def __init__(  # noqa: PLR0913  the wiring of the development server
        self,
        root: str,
        engine: LiveEngine,
        *,
        restart: Callable[[str], None],
        debugger_attached: Callable[[], bool] = lambda: False,
        say: Callable[[str], None] = print,
        ignored: frozenset[str] = frozenset(),
    ) -> None:
        self._engine = engine
        self._restart = restart
        self._debugger_attached = debugger_attached
        self._say = say
        self._folder = CodeFolder(root, ignored)
        self._changes: queue.SimpleQueue[frozenset[str] | None] = queue.SimpleQueue()
        self._watch = FolderWatch(self._folder.root, self._changes.put, ignored=ignored)
        self._appeared: set[str] = set()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="live-update-apply", daemon=True)
        sys.dont_write_bytecode = True  # a cached module can be a second out of date

    def start(self) -> None:
        """Begin to watch."""
        self._watch.start()
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; an update under way is finished first, unless its ``init()`` takes long."""
        self._watch.stop()
        self._changes.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(_LONGEST_STOP_S)

    def _run(self) -> None:
        self._engine.wait_settled()
        if self._engine.phase is not Phase.FAILED:
            self._folder.baseline()  # parsed ahead of the first save
        while (paths := self._changes.get()) is not None:
            while paths is not None and not self._stopped:
                paths = self._handle(paths)

    def _handle(self, paths: frozenset[str]) -> frozenset[str] | None:
        """Bring one settled change into force; the next one, if it came before this one could be."""
        self._engine.wait_settled()
        began = time.perf_counter()
        try:
            if self._engine.phase is Phase.FAILED:
                self._start_again(paths)
                return None
            return self._update(paths, began)
        except Exception as error:  # noqa: BLE001  a mistake in here must not end all later updates
            self._failed(error)
            return None

    def _start_again(self, paths: frozenset[str]) -> None:
        """The first load or ``init()`` failed: try the whole again with the files as they are now."""
        self._folder.refresh(paths)
        self._folder.forget_loaded()
        began = time.perf_counter()
        self._engine.start()
        self._folder.baseline()
        self._succeeded(f"script loaded · init() ran · {(time.perf_counter() - began) * 1000:.0f} ms")

    def _update(self, paths: frozenset[str], began: float) -> frozenset[str] | None:
        folder = self._folder
        old = folder.baseline()
        self._appeared |= folder.refresh(paths)
        new = folder.current(old)
        entry = self._engine.script.module.__name__
        if entry not in new:  # a stash, a checkout, a slow editor: it may come back
            raise StartupError(f"{old[entry].file.path} is gone")
        if new == old and not self._appeared and self._engine.reload_error is None:
            return self._binaries(paths)
        todo = plan(old, new, entry, appeared=self._appeared)
        if todo.restart is not None:
            return self._restart_when_possible(todo.restart)
        if new == old and not todo.steps and self._engine.reload_error is None:
            return None  # a new file that nothing imports
        return self._apply_when_possible(todo, new, time.perf_counter() - began)

    def _binaries(self, paths: frozenset[str]) -> frozenset[str] | None:
        changed = sorted(paths & self._folder.loaded_binaries())
        return (
            self._restart_when_possible(RestartProcess(f"{changed[0]} is a loaded extension module"))
            if changed
            else None
        )

    # -- waiting for the right moment -------------------------------------------------------------------------------

    def _apply_when_possible(self, todo: Plan, new: dict[str, Module], planned_s: float) -> frozenset[str] | None:
        """Apply between two requests. A change that arrives meanwhile replaces this one, and is returned."""
        patience, announced = _FIRST_WAIT_S, False
        while True:
            try:
                with self._engine.gate.exclusive(patience):
                    self._apply(todo, new, planned_s)
            except TimeoutError:
                pass
            else:
                return None
            if not announced:
                count = self._engine.gate.in_flight
                self._say(f"reload waiting for {count} request{'' if count == 1 else 's'}")
            patience, announced = _LATER_WAIT_S, True
            newer = self._newer(_PAUSE_S)
            if newer is not None:
                return newer

    def _restart_when_possible(self, step: RestartProcess) -> frozenset[str] | None:
        if self._debugger_attached():
            self._say(f"restart needed ({step.reason}): it waits until the debug session ends")
        while self._debugger_attached():
            newer = self._newer(_PAUSE_S)
            if newer is not None:
                return newer
        self._say(f"restarting: {step.reason}")
        self._restart(step.reason)
        return None

    def _newer(self, timeout: float) -> frozenset[str] | None:
        try:
            newer = self._changes.get(timeout=timeout)
        except queue.Empty:
            return None
        if newer is None:  # stop() was called
            self._stopped = True
            self._changes.put(None)  # for the loop, which ends with it
            return frozenset()
        return newer

    # -- doing it ---------------------------------------------------------------------------------------------------

    def _apply(self, todo: Plan, new: dict[str, Module], planned_s: float) -> None:
        began = time.perf_counter()
        try:
            apply(
                todo,
                self._folder.loaded(),
                is_ours=self._folder.is_ours,
                call_init=self._engine.run_init,
                finish=self._next_generation,
            )
        except Exception as error:  # noqa: BLE001  whatever the user's code raises; it was undone
            self._failed(error)
            return
        except SystemExit as error:
            self._failed(error)
            return
        self._folder.accept(new)
        self._appeared.clear()
        self._engine.reload_error = None
        self._say(describe(todo, self._engine.generation, planned_s + time.perf_counter() - began))

    def _next_generation(self) -> None:
        self._engine.generation += 1
        try:
            self._engine.rebind()
        except BaseException:
            self._engine.generation -= 1
            raise

    def _succeeded(self, what: str) -> None:
        self._next_generation()
        self._appeared.clear()
        self._engine.reload_error = None
        self._say(f"reload {self._engine.generation}: {what}")

    def _failed(self, error: BaseException) -> None:
        text = describe_error(error, self._folder.root)
        if whole := whole_error(error, self._folder.root):
            self._say(whole)
        never_started = self._engine.phase is Phase.FAILED
        outlook = "save again to try again" if never_started else "the code before it keeps serving"
        self._say(f"reload failed: {text} · {outlook}")
        self._engine.reload_error = text
