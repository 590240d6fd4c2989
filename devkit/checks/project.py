"""The documents that are read together: those of one folder tree, so that names can be looked up across files."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from devkit.checks.files import Files, find_yaml
from devkit.checks.subject import Subject
from devkit.spec.document import Document
from devkit.spec.kinds import Family, Kind, member
from devkit.spec.loading import load
from devkit.spec.recognition import recognise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from devkit.spec.overrides import Override

__all__ = ["Project", "open_project", "read_subject"]


@dataclass(eq=False)
class Project:
    """The documents of a folder tree and the files around them.

    One tree often holds many small projects, each with an endpoint of the same name. So names are looked up within a
    group: the nearest folder above a deployment that has an endpoint; else the folder of the only endpoint of that name
    anywhere; else the deployment's own folder.
    """

    files: Files = field(default_factory=Files)
    subjects: list[Subject] = field(default_factory=list)
    init_seconds: float | None = None
    """What init() was measured to take, when somebody has told."""

    def endpoints_near(self, subject: Subject) -> list[Subject]:
        """The online endpoints of the subject's group."""
        return self._endpoint_folders.get(self.group(subject), [])

    def deployments_of(self, endpoint: str | None, subject: Subject) -> list[Subject]:
        """The online deployments of `endpoint` in the subject's group; Azure compares names without case."""
        if not endpoint:
            return []
        return self._deployments.get((self.group(subject), endpoint.lower()), [])

    @cached_property
    def _deployments(self) -> dict[tuple[Path, str], list[Subject]]:
        found: dict[tuple[Path, str], list[Subject]] = {}
        for subject in self.subjects:
            endpoint = subject.text("endpoint_name") if subject.is_online_deployment else None
            if endpoint:
                found.setdefault((self.group(subject), endpoint.lower()), []).append(subject)
        return found

    @cached_property
    def _endpoint_folders(self) -> dict[Path, list[Subject]]:
        """The online endpoints in each folder that has any."""
        found: dict[Path, list[Subject]] = {}
        for subject in self.subjects:
            if subject.is_online_endpoint:
                found.setdefault(subject.folder, []).append(subject)
        return found

    @cached_property
    def _folders_by_endpoint(self) -> dict[str, set[Path]]:
        """In which folders an endpoint of a name, in lower case, is described."""
        found: dict[str, set[Path]] = {}
        for folder, endpoints in self._endpoint_folders.items():
            for endpoint in endpoints:
                found.setdefault((endpoint.text("name") or "").lower(), set()).add(folder)
        return found

    def group(self, subject: Subject) -> Path:
        """The folder that stands for the subject's group."""
        folders = self._endpoint_folders
        if not folders:
            return subject.folder
        above = next((each for each in (subject.folder, *subject.folder.parents) if each in folders), None)
        if above is not None:
            return above
        named = self._folders_by_endpoint.get((subject.text("endpoint_name") or "").lower(), set())
        return next(iter(named)) if len(named) == 1 else subject.folder


def open_project(
    paths: Iterable[Path],
    files: Files | None = None,
    *,
    kind: str | None = None,
    overrides: Sequence[Override] = (),
) -> tuple[Project, list[Path]]:
    """Read the documents at `paths` and, for names, those beside them.

    Args:
        paths: files or folders, absolute. Folders are searched for YAML files.
        files: what to read with; the disk when not given.
        kind: the kind to take the named *files* for, a kind's or a family's name.
        overrides: what the command line sets in the named files.

    Returns:
        The project, and the files that were asked for and are documents of ours, in order. Other YAML files are left
        out; a named file that is none of ours is missing from the list.
    """
    project = Project(files or Files())
    paths = list(paths)
    named = dict.fromkeys(path for path in paths if not project.files.is_dir(path))
    below = (found for path in paths if path not in named for found in find_yaml(path))
    asked = dict.fromkeys([*named, *below])
    # Each folder once: an editor or a commit hook names hundreds of files of one folder.
    beside = (found for folder in dict.fromkeys(path.parent for path in named) for found in find_yaml(folder))
    for path in dict.fromkeys([*asked, *beside]):
        chosen, settings = (kind, overrides) if path in named else (None, ())
        subject = read_subject(project, path, kind=chosen, overrides=settings)
        if subject is not None:
            project.subjects.append(subject)
    ours = {subject.path for subject in project.subjects}
    return project, [path for path in asked if path in ours]


def read_subject(
    project: Project, path: Path, *, kind: str | None = None, overrides: Sequence[Override] = ()
) -> Subject | None:
    """Read one file; None when it cannot be read, or when it is no document of ours and no `kind` is given."""
    text = project.files.read(path)
    if text is None:
        return None
    document = Document(text, path)
    value = document.root.value
    found = _chosen(kind, value) if kind else recognise(value, path.name)
    if found is None:
        return None
    return Subject(project, path, document, load(value, found, overrides))


def _chosen(name: str, value: object) -> Kind:
    """The kind that a name of a kind or of a family means for a document.

    Raises:
        ValueError: no kind and no family is called so.
    """
    if name in {family.value for family in Family}:
        return member(Family(name), value if isinstance(value, dict) else {})
    return Kind(name)
