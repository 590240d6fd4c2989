"""`control.json`: where the running control plane of a workspace listens, with the token that lets its owner in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from devkit.disk.whole_files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Connection"]


@dataclass(frozen=True)
class Connection:
    """A control plane that runs, or ran."""

    pid: int
    command: list[str]
    """The process's command line: a process id that was given again is not taken for it. It does not move with the
    clock, as the creation time does that the system computes."""
    url: str
    """http://127.0.0.1:<port>, for the kit's own commands."""
    token: str
    https_url: str | None = None
    """The same over TLS, for azure-ai-ml, which sends no token without."""
    certificate: str | None = None
    """The PEM file to trust for `https_url`."""

    @classmethod
    def read(cls, path: Path) -> Connection | None:
        """What the file tells; None when there is none, or what stands in it was cut off."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Write it whole or not at all, readable by its owner alone."""
        write_whole(path, json.dumps(asdict(self), indent=2))

    def alive(self) -> bool:
        """Whether the very process runs that wrote the file."""
        import psutil

        try:
            process = psutil.Process(self.pid)
            return process.cmdline() == self.command and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
