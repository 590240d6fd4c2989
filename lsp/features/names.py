"""The names that a project's documents give and use: endpoints, deployments, registered models and environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.kinds import Kind
from devkit.spec.references import FILE_PREFIX, PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.project import Project
    from devkit.checks.subject import Subject
    from devkit.spec.references import Collection
    from lsp.open_document import OpenDocument

__all__ = [
    "deployments",
    "endpoints",
    "environment_files",
    "is_called",
    "is_deployment",
    "is_endpoint",
    "references",
    "used_endpoints",
]

_REFERENCES: dict[str, tuple[tuple[str, ...], ...]] = {
    "models": (("model",),),
    "environments": (("environment",),),
    "codes": (("code_configuration", "code"),),
    "computes": (("compute",),),
    "components": (("component",),),
}
"""Where documents refer to assets."""

_REGISTERED = {"models": Kind.MODEL, "environments": Kind.ENVIRONMENT}


def is_endpoint(subject: Subject) -> bool:
    """Whether a document is an endpoint's."""
    return subject.kind.value.endswith("-endpoint")


def is_deployment(subject: Subject) -> bool:
    """Whether a document is a deployment's."""
    return subject.kind.value.endswith("-deployment")


def endpoints(opened: OpenDocument, kind: Kind | None = None) -> list[tuple[str, Subject]]:
    """The names of endpoints of the same sort (online or batch) as a deployment of `kind`, the nearest files first."""
    is_batch = _is_batch(kind or opened.kind)
    found = [each for each in _near(opened) if is_endpoint(each) and _is_batch(each.kind) is is_batch]
    return _named(found)


def deployments(opened: OpenDocument, endpoint: str | None) -> list[tuple[str, Subject]]:
    """The names of the deployments of `endpoint`, or of every endpoint when that gives none."""
    every = [each for each in _near(opened) if is_deployment(each) and _is_batch(each.kind) is _is_batch(opened.kind)]
    named = (endpoint or "").lower()
    own = [each for each in every if (each.text("endpoint_name") or "").lower() == named]
    return _named(own or every)


def references(opened: OpenDocument, collection: Collection) -> list[tuple[str, str]]:
    """References to assets: those that documents of the project describe or use, each with the name of its file."""
    found: dict[str, str] = {}
    for subject in _near(opened):
        for reference in _references_of(subject, collection):
            found.setdefault(reference, subject.path.name)
    return list(found.items())


def _references_of(subject: Subject, collection: Collection) -> Iterator[str]:
    name = subject.text("name")
    if subject.kind is _REGISTERED.get(collection) and name:
        version = subject.value("version")
        yield f"{PREFIX}{name}" + ("@latest" if version is None else f":{version}")
    for path in _REFERENCES.get(collection, ()):
        text = subject.text(*path)
        if text is not None and text.startswith(PREFIX) and text != PREFIX:
            yield text


def environment_files(opened: OpenDocument) -> list[str]:
    """`file:` references to the project's environment documents that lie in the document's folder or below."""
    folder = opened.path.parent
    paths = [each.path for each in _near(opened) if each.kind is Kind.ENVIRONMENT and each.path.is_relative_to(folder)]
    return [FILE_PREFIX + path.relative_to(folder).as_posix() for path in paths]


def _near(opened: OpenDocument) -> list[Subject]:
    """The project's other documents, those that share more of the path first."""
    return sorted(_others(opened.project, opened), key=lambda each: -_shared(opened, each))


def _others(project: Project, opened: OpenDocument) -> Iterator[Subject]:
    return (subject for subject in project.subjects if subject.path != opened.path)


def _shared(opened: OpenDocument, subject: Subject) -> int:
    pairs = zip(opened.path.parent.parts, subject.folder.parts, strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), len(subject.folder.parts))


def _named(subjects: list[Subject]) -> list[tuple[str, Subject]]:
    found: dict[str, Subject] = {}
    for subject in subjects:
        name = subject.text("name")
        if name:
            found.setdefault(name, subject)
    return list(found.items())


def _is_batch(kind: Kind | None) -> bool:
    return kind is not None and "batch" in kind.value


def used_endpoints(opened: OpenDocument) -> list[tuple[str, Subject]]:
    """The names that deployments of the project give as their endpoint's, each with the first document to do so."""
    found: dict[str, Subject] = {}
    for subject in _near(opened):
        name = subject.text("endpoint_name")
        if name and is_deployment(subject) and _is_batch(subject.kind) is _is_batch(opened.kind):
            found.setdefault(name, subject)
    return list(found.items())


def is_called(subject: Subject, name: str) -> bool:
    """Whether a document's name is `name`; Azure compares without case."""
    return (subject.text("name") or "").lower() == name.lower()
