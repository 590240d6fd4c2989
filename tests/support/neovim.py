"""A Neovim of its own that is typed into, and asked what it shows."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pynvim

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE = 40.0
"""Seconds that a condition may take: generous, for a machine that does much else."""


class Neovim:
    """``nvim --headless`` with whatever set-up its home has."""

    def __init__(self, program: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="nvim")  # the path of a socket must be short
        socket = Path(self._folder.name) / "socket"
        command = [program, "--headless", "-n", "-i", "NONE", "--listen", str(socket)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait(socket.exists, "a socket to talk over", self._process.poll)
        self._rpc = pynvim.attach("socket", path=str(socket))

    def close(self) -> None:
        """End it, and its language server with it."""
        with contextlib.suppress(OSError, EOFError):  # it goes away while it is asked to
            self._rpc.command("qall!")
        self._rpc.close()
        try:
            self._process.wait(DEADLINE)
        finally:
            self._process.kill()
            self._process.wait()
            self._folder.cleanup()

    def type(self, keys: str) -> None:
        """Type keys, with the names Neovim gives them, such as ``<Esc>``."""
        self._rpc.input(keys)

    def command(self, line: str) -> None:
        """What is typed behind a colon."""
        self._rpc.command(line)

    @property
    def lines(self) -> list[str]:
        """The text of the window's buffer."""
        return list(self._rpc.current.buffer[:])

    @property
    def place(self) -> tuple[str, str]:
        """The name of the file in the window, and the line under the cursor."""
        return str(self._rpc.funcs.expand("%:t")), str(self._rpc.current.line)

    def is_served(self) -> bool:
        """Whether a language server has the buffer."""
        return bool(self._rpc.exec_lua("for _, c in pairs(vim.lsp.buf_get_clients(0)) do return c.initialized end"))

    def diagnostics(self) -> list[dict[str, Any]]:
        """What is shown as wrong in the buffer."""
        return list(self._rpc.exec_lua("return vim.diagnostic.get(0)"))

    def menu(self) -> list[str]:
        """The words that the pop-up menu offers, none when it is not open."""
        if not self._rpc.funcs.pumvisible():
            return []
        return [item["word"] for item in self._rpc.funcs.complete_info(["items"])["items"]]

    def accept(self, word: str) -> None:
        """Go down the pop-up menu to a word, and take it."""
        self.wait(lambda: word in self.menu(), f"{word} in the menu", self.menu)
        self.type("<C-n>" * self.menu().index(word) + "<C-y>")
        self.wait(lambda: not self.menu(), f"{word} is taken", self.menu)

    def is_asking(self) -> bool:
        """Whether it waits for an answer; nothing else may be asked of it then."""
        return bool(self._rpc.api.get_mode()["blocking"])

    def wait(self, is_true: Callable[[], object], what: str, seen: Callable[[], object]) -> None:
        """Wait until a condition holds.

        Raises:
            AssertionError: it does not, before `DEADLINE`; says what was seen instead.
        """
        end = time.monotonic() + DEADLINE
        while not is_true():
            assert time.monotonic() < end, f"waited for: {what}; seen: {seen()}"
            time.sleep(0.05)
