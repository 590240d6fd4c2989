"""Which deployment a command means when it is given no file."""

from __future__ import annotations

from pathlib import Path

from devkit.checks.project import open_project
from devkit.cli.errors import UsageError

__all__ = ["the_only_deployment"]


def the_only_deployment(flag: str) -> Path:
    """The YAML file of the only online deployment that lies in the current folder, relative to it.

    Args:
        flag: how a file is given to the command, for the refusal.

    Raises:
        UsageError: there is none, or there are several.
    """
    folder = Path.cwd()
    project, _ = open_project([folder])
    found = sorted({each.path for each in project.subjects if each.is_online_deployment and each.path.parent == folder})
    if len(found) == 1:
        return Path(found[0].name)
    names = ", ".join(each.name for each in found)
    several = f"{folder} has several deployments: {names}" if found else f"{folder} has no deployment's YAML file"
    raise UsageError(f"{several}. Give one with {flag}." if found else f"{several}. Give it with {flag}.")
