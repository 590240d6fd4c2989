"""Actions above a deployment and above `def run`. An editor runs them; the server only names their commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.checks.places import script_path
from devkit.spec.nodes import Mapping
from devkit.spec.positions import Span
from lsp.features.names import is_deployment, is_endpoint
from lsp.features.scripts import function_span

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.checks.subject import Subject
    from lsp.open_document import OpenDocument

__all__ = ["Lens", "lenses"]

_RUN = (("Serve", "devkit.serve"), ("Debug", "devkit.debug"), ("Invoke", "devkit.invoke"))
_VALIDATE = ("Validate", "devkit.validate")
_PROMOTE = ("Promote", "devkit.promote")


@dataclass(frozen=True)
class Lens:
    """One action above a line."""

    span: Span
    title: str
    command: str
    path: Path
    """The command's argument, as a URI."""


def lenses(opened: OpenDocument) -> list[Lens]:
    """What can be done with a document: Serve, Debug and Invoke want code, Promote an online deployment."""
    if opened.is_script:
        return _of_script(opened)
    subject = opened.subject
    if subject is None or not (is_deployment(subject) or is_endpoint(subject)):
        return []
    actions = [*(_RUN if _is_served(subject) else ()), _VALIDATE, *([_PROMOTE] if subject.is_online_deployment else ())]
    span = _first_key(opened)
    return [Lens(span, title, command, opened.path) for title, command in actions]


def _of_script(opened: OpenDocument) -> list[Lens]:
    """Above the `run` of a script that a deployment of the project uses."""
    span = function_span(opened.document.text, "run")
    if span is None or not any(_uses(subject, opened.path) for subject in opened.project.subjects):
        return []
    return [Lens(span, title, command, opened.path) for title, command in _RUN]


def _uses(subject: Subject, path: Path) -> bool:
    script = script_path(subject) if _is_served(subject) else None
    return script is not None and script.name == path.name and script.resolve() == path.resolve()


def _is_served(subject: Subject) -> bool:
    return subject.is_online_deployment and script_path(subject) is not None


def _first_key(opened: OpenDocument) -> Span:
    root = opened.document.tolerant.documents[0]
    first = next(iter(root.entries), None) if isinstance(root, Mapping) else None
    return first.key.span if first is not None else Span(0, 0)
