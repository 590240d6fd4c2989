from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, NoReturn

from devkit.cli.lsp import start

if TYPE_CHECKING:
    import pytest


class _Interrupted(io.RawIOBase):
    """A terminal in which nothing is typed but Ctrl+C."""

    def read(self, _: int = -1) -> NoReturn:
        raise KeyboardInterrupt


def test_interrupting_a_server_that_waits_for_an_editor_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who starts the language server in a terminal and presses Ctrl+C sees no traceback."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=_Interrupted()))
    assert start() == 130
