"""Typing ``devkit`` in this process: as quick as a function, since Python and the kit are imported already."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from devkit.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Done", "typed"]


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def typed(words: list[str], folder: Path) -> Done:
    """Type the words after ``devkit`` in a folder; nobody is at a terminal."""
    out, err = io.StringIO(), io.StringIO()
    with _in(folder), _arguments(["devkit", *words]), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = os.getcwd()  # noqa: PTH109  contextlib.chdir does the same from Python 3.11 on
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _arguments(words: list[str]) -> Iterator[None]:
    before = sys.argv
    sys.argv = words
    try:
        yield
    finally:
        sys.argv = before
