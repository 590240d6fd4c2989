"""The YAML file behind a command: read with the command line's values, and checked before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  a dataclass
from typing import TYPE_CHECKING, Any

from devkit.endpoints.errors import DocumentError, FindingsError
from devkit.spec.kinds import Family, Kind, member
from devkit.spec.loading import load
from devkit.spec.overrides import apply_overrides
from devkit.spec.schema_problems import Code, Enforcer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.spec.documents.block import Block
    from devkit.spec.overrides import Override

__all__ = ["Document", "DocumentError", "FindingsError", "from_values", "read"]

_REFUSING = frozenset({Enforcer.LOADER, Enforcer.CLIENT, Enforcer.SERVICE})


@dataclass(frozen=True)
class Document:
    """A resource as it is to be."""

    kind: Kind
    block: Block
    folder: Path
    """Where its relative paths start."""

    @property
    def name(self) -> str:
        """The resource's name; it was checked that there is one."""
        return str(getattr(self.block, "name", None) or "")


def read(path: Path, family: Family, overrides: Sequence[Override] = ()) -> Document:
    """Read and check the file at `path`.

    Raises:
        DocumentError: there is no such file, it is unreadable, or a name is neither in it nor in `overrides`.
        FindingsError: it has errors.
    """
    from devkit.checks.project import open_project
    from devkit.checks.runner import check
    from devkit.spec.findings import Severity

    path = path.absolute()
    if not path.is_file():
        raise DocumentError(f"{path} does not exist. Give the YAML file of the {_words(family)}.")
    project, checked = open_project([path], kind=family.value, overrides=overrides)
    subject = next((each for each in project.subjects if each.path == path), None)
    if subject is None or path not in checked:
        raise DocumentError(f"{path} cannot be read as text: it is no UTF-8 file, too large, or not yours to read.")
    errors = [each for each in check(project, checked) if each.severity is Severity.ERROR]
    if errors or subject.block is None:
        raise FindingsError(path, errors)
    return _named(Document(subject.kind, subject.block, path.parent), family, str(path))


def from_values(
    family: Family, values: Mapping[str, Any], folder: Path, overrides: Sequence[Override] = ()
) -> Document:
    """A resource without a file: its keys from flags, or from what is deployed.

    Args:
        family: what it is to be.
        values: the document's value; keys that are None are left out.
        folder: where relative paths start.
        overrides: what `--set` changes.

    Raises:
        DocumentError: a value cannot be read, or there is no name.
    """
    given = {key: value for key, value in values.items() if value is not None}
    kind = member(family, apply_overrides(given, overrides)[0])
    loaded = load(given, kind, overrides)
    serious = [each for each in loaded.problems if each.code is not Code.MISSING_NAME and each.enforced_by in _REFUSING]
    if serious or loaded.block is None:
        told = " ".join(f"{'.'.join(map(str, each.path))}: {each.message}. {each.remedy}" for each in serious)
        raise DocumentError(told or f"There is no {_words(family)} in what was given.")
    return _named(Document(kind, loaded.block, folder), family, "the command")


def _named(document: Document, family: Family, where: str) -> Document:
    block = document.block
    if not getattr(block, "name", None):
        raise DocumentError(f"The {_words(family)} has no name. Give it with -n, or write name: into {where}.")
    if hasattr(block, "endpoint_name") and not getattr(block, "endpoint_name", None):
        raise DocumentError(
            f"The deployment {document.name} names no endpoint. Give it with -e, or write endpoint_name: into {where}."
        )
    return document


def _words(family: Family) -> str:
    return family.value.replace("-", " ")
