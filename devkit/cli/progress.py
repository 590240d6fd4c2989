"""What goes on while an operation lasts: a spinner with the newest line on a terminal, plain lines elsewhere.

All of it goes to stderr, so that stdout holds the answer alone.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[str], None]

__all__ = ["note", "quiet", "telling"]

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def quiet(silent: bool) -> Iterator[None]:
    """Inside, nothing is told when `silent`."""
    token = _quiet.set(silent)
    try:
        yield
    finally:
        _quiet.reset(token)


def note(line: str) -> None:
    """Tell one thing that the user should know."""
    if not _quiet.get():
        print(line, file=sys.stderr, flush=True)


@contextmanager
def telling(title: str) -> Iterator[Progress]:
    """Inside, the lines given to the value are shown below `title`, with the time that passes on a terminal."""
    if _quiet.get():
        yield _say_nothing
    elif sys.stderr.isatty():
        with _spinner(title) as progress:
            yield progress
    else:
        note(title)
        yield lambda line: note(f"  {line}")


def _say_nothing(line: str) -> None:
    del line


@contextmanager
def _spinner(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True, highlight=False)
    text = TextColumn("{task.description}", markup=False)
    with Bar(SpinnerColumn(), text, BarColumn(20), TimeElapsedColumn(), console=console, transient=True) as bar:
        bar.add_task(title, total=None)  # nobody knows how long a build takes: the bar moves to and fro
        yield lambda line: console.print(f"  {line}", markup=False, style="dim")
