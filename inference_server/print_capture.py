"""What a script prints becomes INFO lines of the logger ``azmlinfsrv.print``, as in azmlinfsrv.

Unlike there, ``print(…, end="")`` gathers until the line ends, and output that was redirected goes where it was sent.
"""

from __future__ import annotations

import builtins
import functools
import logging
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from inference_server.logs import PRINT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["captured_print"]


@contextmanager
def captured_print() -> Iterator[None]:
    """While open, ``print()`` to standard output logs; afterwards the old ``print`` is back and no text is left."""
    capture = _Capture()
    replaced = builtins.print
    builtins.print = capture.print
    try:
        yield
    finally:
        builtins.print = replaced
        capture.log_unfinished()


class _Capture:
    def __init__(self) -> None:
        self._logger = logging.getLogger(PRINT)
        self._stdout = sys.stdout
        self._unfinished: dict[int, str] = {}
        """By thread, the text of a line that has not ended; by thread, so that lines do not run into each other."""
        builtin = builtins.print

        @functools.wraps(builtin)
        def capturing(
            *objects: object, sep: str | None = None, end: str | None = None, file: Any = None, flush: bool = False
        ) -> None:
            if (sys.stdout if file is None else file) is self._stdout:
                self._log((" " if sep is None else sep).join(map(str, objects)), end, flush=flush)
            else:
                builtin(*objects, sep=sep, end=end, file=file, flush=flush)

        self.print = capturing

    def _log(self, text: str, end: str | None, *, flush: bool) -> None:
        ending = "\n" if end is None else end
        thread = threading.get_ident()
        text = self._unfinished.pop(thread, "") + text
        line = text + ending.rstrip("\r\n")
        if ending.endswith(("\n", "\r")) or (flush and line):
            self._logger.info("%s", line)
        elif line:
            self._unfinished[thread] = line

    def log_unfinished(self) -> None:
        for thread in list(self._unfinished):
            self._logger.info("%s", self._unfinished.pop(thread))
