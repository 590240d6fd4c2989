"""What a rule is given: one document, read, among the others of its project."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from devkit.checks import places
from devkit.checks.environments import EnvironmentFacts, environment_of
from devkit.spec.findings import Finding, Fix, TextEdit
from devkit.spec.nodes import Mapping, find
from devkit.spec.places import span_at
from devkit.spec.positions import Position, Range, Span

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.checks.catalogue import Rule
    from devkit.checks.files import Files
    from devkit.checks.places import LocalPath
    from devkit.checks.project import Project
    from devkit.spec.document import Document
    from devkit.spec.documents.block import Block
    from devkit.spec.findings import Related, Severity
    from devkit.spec.kinds import Kind
    from devkit.spec.loading import Loaded
    from devkit.spec.nodes import Node
    from devkit.spec.nodes import Path as KeyPath

__all__ = ["Subject"]


@dataclass(frozen=True, eq=False)
class Subject:
    """One document of a project, with its place in it."""

    project: Project
    path: Path
    document: Document
    loaded: Loaded

    @property
    def kind(self) -> Kind:
        """What the document describes."""
        return self.loaded.kind

    @property
    def block(self) -> Block | None:
        """The typed model: what could be read of the document."""
        return self.loaded.block

    @property
    def files(self) -> Files:
        """What to look at files with."""
        return self.project.files

    @cached_property
    def folder(self) -> Path:
        """Where relative paths of the document start."""
        return self.path.parent

    @cached_property
    def local_paths(self) -> tuple[LocalPath, ...]:
        """Every local path of the document, in the order of the declaration."""
        return tuple(places.local_paths(self))

    @cached_property
    def code_folder(self) -> Path | None:
        """The local code folder, or None when there is none or it is elsewhere."""
        return places.code_folder(self)

    @cached_property
    def script_path(self) -> Path | None:
        """The local scoring script, whether it exists or not."""
        return places.script_path(self)

    @cached_property
    def environment(self) -> EnvironmentFacts | None:
        """The environment, when it stands in the document or in a file that the document names."""
        return environment_of(self)

    @cached_property
    def is_online_deployment(self) -> bool:
        """Whether it is a managed or Kubernetes online deployment."""
        return self.kind.value.endswith("-online-deployment")

    @cached_property
    def is_online_endpoint(self) -> bool:
        """Whether it is a managed or Kubernetes online endpoint."""
        return self.kind.value.endswith("-online-endpoint")

    @cached_property
    def is_kubernetes(self) -> bool:
        """Whether it is for an attached cluster."""
        return self.kind.value.startswith("kubernetes-")

    def node(self, *path: str | int) -> Node | None:
        """The node at the end of a path, or None when the file does not have it."""
        return find(self.document.root, path)

    def value(self, *path: str | int) -> Any:
        """The plain value at the end of a path, as loaded (``--set`` and ``-n`` applied); None when absent."""
        value: Any = self.loaded.value
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
                value = value[step]
            else:
                return None
        return value

    def text(self, *path: str | int) -> str | None:
        """The value at the end of a path when it is a string, else None."""
        value = self.value(*path)
        return value if isinstance(value, str) else None

    def whole(self, *path: str | int) -> int | None:
        """The value at the end of a path when azure-ai-ml takes it for a whole number, also from text; else None."""
        value = self.value(*path)
        try:
            return None if isinstance(value, bool) else int(str(value))
        except ValueError:
            return None

    def key_span(self, *path: str | int) -> Span | None:
        """Where the last key of a path is written; None when it is not."""
        parent = find(self.document.root, path[:-1]) if path else None
        return parent.key_span(path[-1]) if isinstance(parent, Mapping) else None

    def span(self, *path: str | int, key: bool = False) -> Span:
        """The best place in the text for a finding about `path`: see `devkit.spec.places.span_at`."""
        return span_at(self.document, path, on_key=key)

    def range(self, span: Span) -> Range:
        """Lines and columns of a span of this document; of a span over several lines only the first."""
        whole = self.document.range(span)
        if whole.end.line == whole.start.line:
            return whole
        line = self.document.lines.line_span(whole.start.line)
        return Range(whole.start, Position(whole.start.line, max(line.end - line.start, whole.start.character)))

    def replacing(self, title: str, span: Span, new_text: str, *, safe: bool = True) -> Fix:
        """A fix that writes `new_text` in the place of `span`."""
        return Fix(title, (TextEdit(self.document.range(span), new_text),), safe=safe)

    def finding(  # noqa: PLR0913  one keyword per thing that may be said about a finding
        self,
        rule: Rule,
        message: str,
        at: KeyPath | Span = (),
        *,
        key: bool = False,
        remedy: str = "",
        refused_by: str = "",
        severity: Severity | None = None,
        fixes: tuple[Fix, ...] = (),
        related: tuple[Related, ...] = (),
        tags: frozenset[str] = frozenset(),
    ) -> Finding:
        """A finding of `rule` in this document, at a path of keys or at a span."""
        span = at if isinstance(at, Span) else self.span(*at, key=key)
        return Finding(
            code=rule.code,
            severity=severity or rule.severity,
            message=message,
            path=self.path,
            range=self.range(span),
            remedy=remedy,
            refused_by=refused_by,
            fixes=fixes,
            related=related,
            tags=tags,
        )
