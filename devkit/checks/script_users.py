"""Which deployments use a scoring script, told from the script's side."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

from devkit.checks.files import find_yaml
from devkit.checks.places import script_path
from devkit.checks.project import Project, read_subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.checks.files import Files

__all__ = ["deployments_using"]

_MOST_FOLDERS = 4
"""Folders that are searched, the script's own first. A code folder lies beside its deployment or just below it."""


def deployments_using(script: Path, files: Files) -> list[Path]:
    """The online deployments that name `script`, sorted, from the nearest folder above it that has any.

    The search ends at the root of a repository, so that it does not wander through a home folder.
    """
    project = Project(files)
    for folder in _folders(script):
        found = [path for path in find_yaml(folder) if _uses(path, script, project)]
        if found:
            return found
    return []


def _folders(script: Path) -> Iterator[Path]:
    for folder in itertools.islice(script.parents, _MOST_FOLDERS):
        yield folder
        if (folder / ".git").exists():
            return


def _uses(path: Path, script: Path, project: Project) -> bool:
    if script.name not in (project.files.read(path) or ""):  # cheap, and true of few files
        return False
    subject = read_subject(project, path)
    named = script_path(subject) if subject is not None and subject.is_online_deployment else None
    # pathlib raises on a circle of links before Python 3.13, os.path never does.
    return named is not None and os.path.realpath(named) == os.path.realpath(script)
