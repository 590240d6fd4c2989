"""Where the files of a deployment are: its code folder, script, model and conda file, as far as they are local."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from devkit.spec.locations import CloudPath, Scheme, is_on_this_machine, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.checks.subject import Subject

__all__ = ["LocalPath", "code_folder", "conda_path", "local_paths", "misplaced_paths", "model_path", "script_path"]


@dataclass(frozen=True)
class LocalPath:
    """A key whose value names something on this machine: where it stands, what it says, and what it must be."""

    keys: tuple[str, ...]
    text: str
    path: Path
    is_folder: bool | None
    """True for a folder, False for a file, None where both will do."""


@dataclass(frozen=True)
class _Place:
    """A key that names a file or folder, and where else than on this machine it may be (azure-ai-ml 1.35.2, tried)."""

    keys: tuple[str, ...]
    is_folder: bool | None
    elsewhere: frozenset[Scheme] = frozenset()


_ANYWHERE = frozenset(get_args(Scheme))
_REGISTERED = frozenset[Scheme]({"asset", "datastore", "job", "registry"})
_ENVIRONMENT = (_Place(("conda_file",), is_folder=False), _Place(("build", "path"), True, frozenset({"url"})))
_PLACES = (
    _Place(("code_configuration", "code"), True, _REGISTERED),
    _Place(("model", "path"), None),
    *(replace(each, keys=("environment", *each.keys)) for each in _ENVIRONMENT),
)
_TOP_LEVEL = {"model": (_Place(("path",), None, _ANYWHERE),), "environment": _ENVIRONMENT}


def local_paths(subject: Subject) -> Iterator[LocalPath]:
    """Every local path of a document, in the order of the declaration."""
    for place, text in _texts(subject):
        if is_on_this_machine(text):
            yield LocalPath(place.keys, text, subject.folder / text, place.is_folder)
    environment = subject.text("environment")
    if environment is not None and environment.startswith("file:"):
        yield LocalPath(("environment",), environment, subject.folder / environment.removeprefix("file:"), False)


def misplaced_paths(subject: Subject) -> Iterator[tuple[tuple[str, ...], str]]:
    """The keys and texts that name something in the cloud where azure-ai-ml only looks on this machine."""
    for place, text in _texts(subject):
        path = parse_path(text)
        # An inline model with a name is registered under it and may come from anywhere; one without is hashed here.
        named = place.keys == ("model", "path") and subject.value("model", "name") is not None
        if isinstance(path, CloudPath) and path.scheme not in place.elsewhere and not named:
            yield place.keys, text


def _texts(subject: Subject) -> Iterator[tuple[_Place, str]]:
    for place in _TOP_LEVEL.get(subject.kind.value, _PLACES):
        text = subject.text(*place.keys)
        if text is not None:
            yield place, text


def code_folder(subject: Subject) -> Path | None:
    """The local code folder, or None when there is none or it is elsewhere."""
    if subject.text("code_configuration", "code") == "":  # azure-ai-ml takes it for the folder of the document
        return subject.folder
    return _local(subject, "code_configuration", "code")


def script_path(subject: Subject) -> Path | None:
    """The local scoring script, whether it exists or not."""
    folder, script = code_folder(subject), subject.text("code_configuration", "scoring_script")
    return folder / script if folder is not None and script else None


def conda_path(subject: Subject) -> Path | None:
    """The local conda file of the document's environment."""
    keys = ("conda_file",) if subject.kind.value == "environment" else ("environment", "conda_file")
    return _local(subject, *keys)


def model_path(subject: Subject) -> Path | None:
    """The local model file or folder of an inline model."""
    return _local(subject, "model", "path")


def _local(subject: Subject, *keys: str) -> Path | None:
    """What a key names on this machine; None where it names nothing, or something elsewhere."""
    text = subject.text(*keys)
    return subject.folder / text if text and is_on_this_machine(text) else None
