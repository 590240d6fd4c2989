"""What a feature is given: a document as it stands in the editor, among the others of its project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.checks.files import Files
    from devkit.checks.project import Project
    from devkit.checks.subject import Subject
    from devkit.spec.document import Document
    from devkit.spec.kinds import Kind

__all__ = ["OpenDocument"]


@dataclass(frozen=True, eq=False)
class OpenDocument:
    """One version of a document. Features read it and never change it.

    Attributes:
        path: Where it is. One that was never saved has a path that nothing else has, in a folder that does not exist.
        document: Its text, with positions.
        kind: What it describes; None when it is none of ours (a script, an empty file, another service's YAML).
        subject: What the checks look at; None when `kind` is.
        project: The documents that are read with it, this one among them. Its files are open buffers first, then disk.
    """

    path: Path
    document: Document
    kind: Kind | None
    subject: Subject | None
    project: Project

    @property
    def files(self) -> Files:
        """What to look at files with."""
        return self.project.files

    @property
    def is_script(self) -> bool:
        """Whether it is Python source."""
        return self.path.suffix == ".py"

    @property
    def is_yaml(self) -> bool:
        """Whether it is a YAML file, ours or not."""
        return self.path.suffix in {".yml", ".yaml"}
