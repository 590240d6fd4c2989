"""The environment of a deployment: its image and its conda file, wherever they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.checks.conda import CondaFile, parse_conda
from devkit.checks.places import conda_path
from devkit.spec.document import Document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.checks.files import Files
    from devkit.checks.subject import Subject

__all__ = ["EnvironmentFacts", "environment_of"]


@dataclass(frozen=True)
class EnvironmentFacts:
    """What is known of an environment that stands in the document, or in a file that it names."""

    keys: tuple[str, ...]
    """The path of the mapping in the document; of the reference when it stands in another file."""
    values: Mapping[Any, Any]
    conda: CondaFile | None
    conda_document: Document | None
    """The conda file, when it is a file of its own; its path is set."""

    @property
    def image(self) -> str | None:
        """The image, when one is named."""
        image = self.values.get("image")
        return image if isinstance(image, str) else None

    @property
    def is_custom_container(self) -> bool:
        """Whether the image brings its own server: it has an inference_config."""
        return isinstance(self.values.get("inference_config"), dict)

    @property
    def conda_name(self) -> str:
        """What to call the conda file in a sentence."""
        path = self.conda_document.path if self.conda_document is not None else None
        return path.name if path is not None else "the conda file"


def environment_of(subject: Subject) -> EnvironmentFacts | None:
    """The environment of a deployment or of an environment document; None when it is registered elsewhere."""
    if subject.kind.value == "environment":
        whole = subject.loaded.value
        return _facts((), whole, conda_path(subject), subject.files) if isinstance(whole, dict) else None
    values = subject.value("environment")
    if isinstance(values, str) and values.startswith("file:"):
        return _from_file(subject.folder / values.removeprefix("file:"), subject.files)
    if not isinstance(values, dict):
        return None
    return _facts(("environment",), values, conda_path(subject), subject.files)


def _from_file(path: Path, files: Files) -> EnvironmentFacts | None:
    text = files.read(path)
    values = Document(text, path).root.value if text is not None else None
    if not isinstance(values, dict):
        return None
    conda = values.get("conda_file")
    return _facts(("environment",), values, path.parent / conda if isinstance(conda, str) else None, files)


def _facts(keys: tuple[str, ...], values: Mapping[Any, Any], path: Path | None, files: Files) -> EnvironmentFacts:
    text = files.read(path) if path is not None else None
    document = Document(text, path) if text is not None else None
    content = document.root.value if document is not None else values.get("conda_file")
    return EnvironmentFacts(keys, values, parse_conda(content), document)
