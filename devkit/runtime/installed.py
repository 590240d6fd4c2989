"""What is installed in the interpreter that runs this: packages, distributions, and what those need."""

from __future__ import annotations

import importlib.metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["closure", "files_of", "package_folder"]


def closure(wanted: Iterable[str]) -> Iterator[importlib.metadata.Distribution]:
    """The distributions that the requirements name, and everything that those need here; each once.

    Raises:
        importlib.metadata.PackageNotFoundError: one is not installed.
    """
    waiting, seen = [Requirement(each) for each in wanted], set[str]()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen or not _applies(requirement):
            continue
        seen.add(name)
        distribution = importlib.metadata.distribution(requirement.name)
        waiting += [Requirement(each) for each in distribution.requires or ()]
        yield distribution


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def files_of(distribution: importlib.metadata.Distribution) -> Iterator[tuple[Path, Path]]:
    """Each file of a distribution with its place below site-packages; neither its commands nor compiled code."""
    for file in distribution.files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            yield Path(str(distribution.locate_file(file))), Path(file)


def package_folder(name: str) -> Path:
    """The folder of a package of this install.

    Raises:
        CannotRunError: it cannot be found.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotRunError(f"The package {name} of this install cannot be found. Reinstall endpoint-devkit.")
    return Path(spec.origin).parent
