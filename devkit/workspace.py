"""The folder `.devkit` of a workspace: where everything that the kit keeps lies, and nothing lies anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["STATE_FOLDER", "Workspace", "find_workspace"]

STATE_FOLDER = ".devkit"
_IGNORE_ALL = "# Made by devkit. Nothing in here belongs into version control.\n*\n"


@dataclass(frozen=True)
class Workspace:
    """A folder with deployments, and the paths of what the kit keeps for it."""

    root: Path

    @property
    def folder(self) -> Path:
        """Everything below; only its owner may look into it."""
        return self.root / STATE_FOLDER

    @property
    def database(self) -> Path:
        """The control plane's SQLite database."""
        return self.folder / "state.db"

    @property
    def control_file(self) -> Path:
        """Where the running control plane listens, with its token; mode 0600. Absent while none runs."""
        return self.folder / "control.json"

    @property
    def started_file(self) -> Path:
        """There from before a control plane starts anything until all of it has ended: absent, nothing can run."""
        return self.folder / "control.started"

    @property
    def assets(self) -> Path:
        """Copies of code, models and environments, each below the hash of its content."""
        return self.folder / "assets"

    @property
    def tls(self) -> Path:
        """The certificates that the kit makes; keys with mode 0600."""
        return self.folder / "tls"

    def gateway(self, endpoint: str) -> Path:
        """What an endpoint's gateway reads and writes: config.json, status.json, its log, recorded mirror answers."""
        return self.folder / "endpoints" / endpoint

    def deployment(self, endpoint: str, deployment: str) -> Path:
        """What a deployment's instances read and write: logs, collected data, the layout below the model directory."""
        return self.gateway(endpoint) / "deployments" / deployment

    def prepare(self) -> None:
        """Make the folder, for its owner alone and out of version control."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_IGNORE_ALL, encoding="utf-8")


def find_workspace(start: Path) -> Workspace:
    """The workspace that `start` lies in: the nearest folder upwards that has a `.devkit`, else `start` itself."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / STATE_FOLDER).is_dir():
            return Workspace(folder)
    return Workspace(start)
