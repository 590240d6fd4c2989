"""The files that a document names, as links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.checks.places import local_paths, script_path
from devkit.spec.nodes import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.checks.subject import Subject
    from devkit.spec.nodes import Path as KeyPath
    from devkit.spec.positions import Span
    from lsp.open_document import OpenDocument

__all__ = ["IMAGE_PAGE", "Link", "files_named", "links"]

IMAGE_PAGE = "https://learn.microsoft.com/azure/machine-learning/concept-prebuilt-docker-images-inference"
_AZURE_IMAGES = "mcr.microsoft.com/azureml/"


@dataclass(frozen=True)
class Link:
    """A span that leads to a file or to a page."""

    span: Span
    target: Path | str
    tooltip: str


def links(opened: OpenDocument) -> list[Link]:
    """The links of a document: to files that are there, and from Azure ML's images to their page.

    A folder is no link, since no editor can open it; the code folder leads to its script.
    """
    subject = opened.subject
    if subject is None:
        return []
    found = [
        Link(span, path, f"Open {path.name}") for _, path, span in files_named(subject) if opened.files.is_file(path)
    ]
    return sorted([*found, *_images(subject)], key=lambda link: link.span)


def files_named(subject: Subject) -> Iterator[tuple[KeyPath, Path, Span]]:
    """The key path, target and span of each value that names a local file or folder."""
    script = script_path(subject)
    for local in local_paths(subject):
        path = script if local.keys == ("code_configuration", "code") and script is not None else local.path
        yield from _placed(subject, local.keys, path)
    if script is not None:
        yield from _placed(subject, ("code_configuration", "scoring_script"), script)


def _placed(subject: Subject, keys: KeyPath, path: Path) -> Iterator[tuple[KeyPath, Path, Span]]:
    node = subject.node(*keys)
    if isinstance(node, Scalar) and not node.is_missing:
        yield keys, path, node.span


def _images(subject: Subject) -> Iterator[Link]:
    for keys in (("environment", "image"), ("image",)):
        node = subject.node(*keys)
        if isinstance(node, Scalar) and node.text.startswith(_AZURE_IMAGES):
            yield Link(node.span, IMAGE_PAGE, "Open the documentation of Azure ML's images")
