"""Everything as it stood at one moment: what a request or a check that began then goes on to see."""

from __future__ import annotations

import itertools
from threading import RLock
from typing import TYPE_CHECKING

from devkit.checks.files import Files, find_yaml
from devkit.checks.project import Project
from devkit.checks.subject import Subject
from devkit.spec.recognition import recognise_node
from lsp.features import diagnostics
from lsp.open_document import OpenDocument
from lsp.readings import Readings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from devkit.spec.document import Document
    from devkit.spec.findings import Finding

__all__ = ["Disk", "Snapshot"]

_MOST_FOUND = 2_000
_MOST_READ = 300
"""Files of a folder that are listed, and, the nearest first, read. A larger tree is a collection of examples."""


class Disk:
    """What is known of the files on the disk, until it is forgotten."""

    def __init__(self, readings: Readings | None = None) -> None:
        self.files = Files()
        self.readings = readings or Readings()
        self._listings: dict[Path, tuple[Path, ...]] = {}

    def forgotten(self) -> Disk:
        """The disk, to be looked at anew; a text that turns out to be the same is not read as YAML again."""
        return Disk(self.readings)

    def yaml_below(self, folder: Path) -> tuple[Path, ...]:
        """The YAML files below a folder."""
        if folder not in self._listings:
            self._listings[folder] = tuple(itertools.islice(find_yaml(folder), _MOST_FOUND))
        return self._listings[folder]


class Snapshot:
    """The open documents and the disk at one moment. Its methods may be called from any thread."""

    def __init__(self, buffers: Mapping[Path, Document], roots: Iterable[Path], disk: Disk) -> None:
        self.buffers = dict(buffers)
        self.roots = tuple(roots)
        self.files = disk.files.under({path: document.text for path, document in self.buffers.items()})
        self._disk = disk
        self._lock = RLock()
        self._projects: dict[Path, Project] = {}
        self._findings: dict[Path, list[Finding]] = {}

    def document(self, path: Path) -> OpenDocument | None:
        """A document as it stands in the editor, or else on the disk; None when there is none, or none of text."""
        with self._lock:
            reading = self._disk.readings.of_buffer(path, self.buffers[path]) if path in self.buffers else None
            if reading is None:
                text = self.files.read(path)
                if text is None:
                    return None
                reading = self._disk.readings.of(path, text)
            project = self.project(path)
            subject = next((each for each in project.subjects if each.path == path), None)
            return OpenDocument(path, reading.document, reading.kind, subject, project)

    def typed(self, path: Path) -> OpenDocument | None:
        """A document for what is asked at every key: of an open one only the tree is read, no value and no subject.

        Its project has the other documents. Loading a text of 10,000 lines takes longer than an editor may wait, and so
        does waiting for a check that loads it: there is no lock. What both read at once they read alike.
        """
        document = self.buffers.get(path)
        if document is None or path.suffix not in {".yml", ".yaml"}:
            return self.document(path)
        others = self._read_project(each for each in self._near(path, self._root(path)) if each != path)
        kind = recognise_node(document.near(0).documents[0], path.name)
        return OpenDocument(path, document, kind, None, others)

    def project(self, path: Path, checkpoint: Callable[[], None] = lambda: None) -> Project:
        """The documents that are read with the one at `path`: those of its workspace folder, or else of its folder."""
        with self._lock:
            root = self._root(path)
            paths = self._near(path, root)
            key = root if len(paths) < _MOST_READ else path
            if key not in self._projects:
                self._projects[key] = self._read_project(paths, checkpoint)
            return self._projects[key]

    def findings(self, path: Path, checkpoint: Callable[[], None] = lambda: None) -> list[Finding]:
        """What is wrong with one document, found once; `checkpoint` is called between steps, and may end it."""
        with self._lock:
            self.project(path, checkpoint)
            document = self.document(path)
        if path not in self._findings:
            self._findings[path] = diagnostics.find(document, checkpoint) if document is not None else []
        return self._findings[path]

    def all_findings(self, checkpoint: Callable[[], None] = lambda: None) -> dict[Path, list[Finding]]:
        """What is wrong in the workspace's folders and the open documents, by file."""
        found: dict[Path, list[Finding]] = {}
        for root in self.roots:
            found.update(diagnostics.find_all(self.project(root / "any.yml", checkpoint), checkpoint))
        for path in self.buffers:
            if path not in found:
                found[path] = self.findings(path, checkpoint)
        return found

    def _root(self, path: Path) -> Path:
        above = [root for root in self.roots if root in path.parents]
        return max(above, key=lambda root: len(root.parts), default=path.parent)

    def _near(self, path: Path, root: Path) -> list[Path]:
        """The YAML files below `root`, open ones among them, the nearest to `path` if they are too many."""
        opened = [each for each in self.buffers if root in each.parents and each.suffix in {".yml", ".yaml"}]
        found = list(dict.fromkeys([*self._disk.yaml_below(root), *opened]))
        if len(found) > _MOST_READ:
            found = sorted(found, key=lambda each: _distance(path.parent, each.parent))[:_MOST_READ]
        return sorted(found)

    def _read_project(self, paths: Iterable[Path], checkpoint: Callable[[], None] = lambda: None) -> Project:
        project = Project(self.files)
        for path in paths:
            checkpoint()
            if path in self.buffers:
                reading = self._disk.readings.of_buffer(path, self.buffers[path])
            else:
                text = self.files.read(path)
                if text is None:
                    continue
                reading = self._disk.readings.of(path, text)
            if reading.loaded is not None:
                project.subjects.append(Subject(project, path, reading.document, reading.loaded))
        return project


def _distance(one: Path, other: Path) -> int:
    """Steps from one folder to another."""
    common = sum(
        1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one.parts, other.parts, strict=False))
    )
    return len(one.parts) + len(other.parts) - 2 * common
