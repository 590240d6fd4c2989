"""What is wrong with an open document: the checks' findings, in a deployment's files as well as in its YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.checks.files import plain
from devkit.checks.places import code_folder, conda_path
from devkit.checks.runner import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devkit.checks.project import Project
    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding
    from lsp.open_document import OpenDocument

__all__ = ["find", "find_all"]


def find(document: OpenDocument, checkpoint: Callable[[], None] = lambda: None) -> list[Finding]:
    """The findings in one document, sorted by place; of a file that is none of ours and that none of ours uses, none.

    A script or a conda file is judged as the deployments see it that use it.
    """
    if document.subject is not None:
        asked = [document.path]
    else:
        asked = [each.path for each in document.project.subjects if _uses(each, document.path)]
    if not asked:
        return []
    findings = check(document.project, asked, checkpoint=checkpoint)
    return [found for found in findings if plain(found.path) == document.path]


def find_all(project: Project, checkpoint: Callable[[], None] = lambda: None) -> dict[Path, list[Finding]]:
    """The findings of a project by file; a document of ours without any has an empty list."""
    paths = [subject.path for subject in project.subjects]
    by_file: dict[Path, list[Finding]] = {path: [] for path in paths}
    for found in check(project, paths, checkpoint=checkpoint):
        by_file.setdefault(plain(found.path), []).append(found)
    return by_file


def _uses(subject: Subject, path: Path) -> bool:
    """Whether a deployment is made of a file: its conda file, or a Python file of its code folder."""
    if path.suffix == ".py":
        folder = code_folder(subject)
        return folder is not None and plain(folder) in path.parents
    conda = conda_path(subject)
    return conda is not None and plain(conda) == path
