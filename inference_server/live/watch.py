"""Which files of the code folder changed, told once they have come to rest.

Editors and tools save in many ways: in place, to a temporary file that is renamed, deleted and created again, with a
swap file beside it, a hundred files in one checkout. Each of them ends as one call with the files to look at.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FolderWatch", "Settling", "is_watched", "python_files"]

_IGNORED_FOLDERS = frozenset(
    {"__pycache__", "__pypackages__", "env", "node_modules", "outputs", "site-packages", "venv"}
)
_SUFFIXES = (".py", ".so", ".pyd")
_LONGEST_CHECKOUT_S = 20
_CHANGES = frozenset({"created", "modified", "moved", "deleted", "closed"})  # not "opened": reading a file is no change


class Settling:
    """Decides when a burst of file events is over. Pure: time comes in as an argument, in seconds.

    Args:
        quiet: how long nothing may happen to one file until it is at rest; a save is one or two events.
        quiet_many: the same once more than one file is concerned; a checkout pauses between files.
        missing: how long a deleted or empty file may be on its way back.
        longest: a file that changes without end is looked at after this time all the same.
    """

    def __init__(
        self, *, quiet: float = 0.012, quiet_many: float = 0.06, missing: float = 0.25, longest: float = 3.0
    ) -> None:
        self._quiet, self._quiet_many = quiet, quiet_many
        self._missing, self._longest = missing, longest
        self._pending: dict[str, bool] = {}
        self._first = self._last = 0.0

    def touch(self, path: str, now: float, *, present: bool = True) -> None:
        """Something happened to `path`; `present` says that it exists and is not empty."""
        if not self._pending:
            self._first = now
        self._pending[path] = present
        self._last = now

    def due_at(self) -> float | None:
        """When the burst will be over if nothing more happens; None when nothing is pending."""
        if not self._pending:
            return None
        quiet = self._quiet if len(self._pending) == 1 else self._quiet_many
        if not all(self._pending.values()):
            quiet = max(quiet, self._missing)
        return min(self._last + quiet, self._first + self._longest)

    def take(self, now: float) -> frozenset[str]:
        """The files of the burst when it is over at `now`, else nothing."""
        due = self.due_at()
        if due is None or now < due:
            return frozenset()
        settled = frozenset(self._pending)
        self._pending.clear()
        return settled


def is_watched(path: str, root: str, ignored: frozenset[str] = frozenset()) -> bool:
    """Whether a change of `path` can change what runs: a module of the folder `root`, nothing hidden, no swap file."""
    relative = os.path.relpath(path, root)
    *folders, name = Path(relative).parts
    if name.startswith(".") or not name.endswith(_SUFFIXES):
        return False
    return not any(_is_ignored_folder(folder) for folder in folders) and not any(
        path.startswith(folder + os.sep) for folder in ignored
    )


def python_files(root: str, ignored: frozenset[str] = frozenset()) -> Iterator[str]:
    """The watched files that exist under `root`."""
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name for name in folders if not _is_ignored_folder(name) and f"{folder}{os.sep}{name}" not in ignored
        ]
        for name in files:
            path = f"{folder}{os.sep}{name}"
            if is_watched(path, root, ignored):
                yield path


def _is_ignored_folder(name: str) -> bool:
    return name in _IGNORED_FOLDERS or name.startswith(".")


class FolderWatch:
    """Calls `changed` with the settled files, from a thread of its own, between `start` and `stop`.

    Folders in `ignored` (a model folder inside the code folder) are not looked at. While git holds its lock, a checkout
    is under way and nothing is at rest.
    """

    def __init__(
        self,
        root: str,
        changed: Callable[[frozenset[str]], None],
        *,
        ignored: frozenset[str] = frozenset(),
        settling: Settling | None = None,
    ) -> None:
        self.root = os.path.realpath(root)
        self._changed = changed
        self._ignored = ignored
        self._settling = settling or Settling()
        self._wake = threading.Condition()
        self._stopped = False
        self._observer: Any = None
        self._watches: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._run, name="live-update", daemon=True)
        self._git_lock = _git_lock(self.root)

    def start(self) -> None:
        """Begin to watch; events from here on are seen."""
        from watchdog.observers import Observer

        self._observer = Observer()
        self._observer.daemon = True
        self._observer.schedule(self, self.root, recursive=False)
        for entry in os.scandir(self.root):
            if entry.is_dir(follow_symlinks=False):
                self._watch_child(entry.path)
        self._observer.start()
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; a call of `changed` under way is waited for."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self._observer.stop()
        self._observer.join()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _watch_child(self, path: str) -> None:
        """Watch a folder of the root with all below it, unless it holds no code: an environment has 10,000 folders."""
        if not _is_ignored_folder(Path(path).name) and path not in self._ignored:
            self._unwatch_child(path)  # of a folder that was there before only the name is the same
            self._watches[path] = self._observer.schedule(self, path, recursive=True)

    def _unwatch_child(self, path: str) -> None:
        watch = self._watches.pop(path, None)
        if watch is not None:
            self._observer.unschedule(watch)

    def dispatch(self, event: Any) -> None:
        """Take an event of watchdog's: this object is its event handler."""
        if event.event_type not in _CHANGES:
            return
        paths = [os.fsdecode(path) for path in (event.src_path, getattr(event, "dest_path", "")) if path]
        if event.is_directory:
            if event.event_type != "modified":
                self._folder_changed(paths)
            return
        for path in paths:
            self._touch(path)

    def _folder_changed(self, paths: list[str]) -> None:
        for path in paths:
            if Path(path).is_dir():
                if Path(path).parent == Path(self.root):
                    self._watch_child(path)
                for file in python_files(path):
                    self._touch(file)
            else:
                self._unwatch_child(path)
            self._touch(f"{path}{os.sep}__init__.py")  # a folder that is gone takes its modules along

    def _touch(self, path: str) -> None:
        if not is_watched(path, self.root, self._ignored):
            return
        with self._wake:
            self._settling.touch(path, time.monotonic(), present=_is_present(path))
            self._wake.notify()

    def _run(self) -> None:
        while True:
            settled = self._next()
            if settled is None:
                return
            self._changed(settled)

    def _next(self) -> frozenset[str] | None:
        """Wait for a settled burst; None when the watch was stopped."""
        with self._wake:
            while not self._stopped:
                now = time.monotonic()
                due = self._settling.due_at()
                if due is not None and now >= due:
                    if self._git_lock is not None and _is_held(self._git_lock):
                        self._wake.wait(0.02)
                        continue
                    return self._settling.take(now)
                self._wake.wait(None if due is None else due - now)
        return None


def _is_present(path: str) -> bool:
    try:
        return Path(path).stat().st_size > 0
    except OSError:
        return False


def _is_held(lock: str) -> bool:
    """Whether git is at work; a lock that is older was left behind by a git that died."""
    try:
        return time.time() - Path(lock).stat().st_mtime < _LONGEST_CHECKOUT_S
    except OSError:
        return False


def _git_lock(root: str) -> str | None:
    for folder in [Path(root), *Path(root).parents]:
        if (folder / ".git").is_dir():
            return str(folder / ".git" / "index.lock")
    return None
