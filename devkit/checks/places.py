"""Where the files of a deployment are: its code folder, script, model and conda file, as far as they are local."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from devkit.spec.locations import is_on_this_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.subject import Subject

__all__ = ["LocalPath", "code_folder", "conda_path", "local_paths", "model_path", "script_path"]


@dataclass(frozen=True)
class LocalPath:
    """A key whose value names something on this machine: where it stands, what it says, and what it must be."""

    keys: tuple[str, ...]
    text: str
    path: Path
    is_folder: bool | None
    """True for a folder, False for a file, None where both will do."""


_PLACES: tuple[tuple[tuple[str, ...], bool | None], ...] = (
    (("code_configuration", "code"), True),
    (("model", "path"), None),
    (("environment", "conda_file"), False),
    (("environment", "build", "path"), True),
)
_TOP_LEVEL: dict[str, tuple[tuple[tuple[str, ...], bool | None], ...]] = {
    "model": ((("path",), None),),
    "environment": ((("conda_file",), False), (("build", "path"), True)),
}


def local_paths(subject: Subject) -> Iterator[LocalPath]:
    """Every local path of a document, in the order of the declaration."""
    for keys, is_folder in _TOP_LEVEL.get(subject.kind.value, _PLACES):
        text = subject.text(*keys)
        if text and is_on_this_machine(text):
            yield LocalPath(keys, text, subject.folder / text.removeprefix("file:"), is_folder)
    environment = subject.text("environment")
    if environment is not None and environment.startswith("file:"):
        yield LocalPath(("environment",), environment, subject.folder / environment.removeprefix("file:"), False)


def code_folder(subject: Subject) -> Path | None:
    """The local code folder, or None when there is none or it is elsewhere."""
    text = subject.text("code_configuration", "code")
    return subject.folder / text if text and is_on_this_machine(text) else None


def script_path(subject: Subject) -> Path | None:
    """The local scoring script, whether it exists or not."""
    folder, script = code_folder(subject), subject.text("code_configuration", "scoring_script")
    return folder / script if folder is not None and script else None


def conda_path(subject: Subject) -> Path | None:
    """The local conda file of the document's environment."""
    keys = ("conda_file",) if subject.kind.value == "environment" else ("environment", "conda_file")
    text = subject.text(*keys)
    return subject.folder / text.removeprefix("file:") if text and is_on_this_machine(text) else None


def model_path(subject: Subject) -> Path | None:
    """The local model file or folder of an inline model."""
    text = subject.text("model", "path")
    return subject.folder / PurePosixPath(text) if text and is_on_this_machine(text) else None
