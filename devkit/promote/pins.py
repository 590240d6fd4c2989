"""Which requirements name exactly one version, and what of a conda file another day may resolve otherwise. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.promote.packages import Packages

__all__ = ["conda_name", "is_exact_conda", "is_exact_pip", "pip_name", "resolved_again"]

_CONDA: Final = re.compile(r"^(?:[\w./-]+::)?(?P<name>[A-Za-z0-9_][\w.-]*)\s*(?P<spec>.*)$")
_EXACT: Final = re.compile(r"==\s*[^=*,|<>\s]+|={1,2}\s*[^=*,|<>\s]+(?:=|\s+)[^=*,|<>\s]+")
"""conda's `==1.2`, and `=1.2=build`; `=1.2` alone means 1.2 and what follows it."""
_EXACT_PYTHON: Final = re.compile(r"=\s*\d+\.\d+\.\d+")
_COMMENT: Final = re.compile(r"(^|\s+)#.*$")
_INSTALLER: Final = "pip"


def resolved_again(conda: Mapping[str, Any] | None, packages: Packages | None) -> list[str]:
    """What whoever builds a conda file's environment chooses anew: lines of the file, then names of what they need.

    Args:
        conda: the file's content.
        packages: what the validated environment had, by which what the lines need is known; nothing of it if None.
    """
    loose: list[str] = []
    named: set[str] = set()
    for line, name, exact in _lines(conda or {}):
        named.add(name)
        if not exact and name != _INSTALLER:
            loose.append(line)
    return [*loose, *(name for name in _installed(packages) if str(canonicalize_name(name)) not in named)]


def is_exact_conda(line: str) -> bool:
    """Whether a line of a conda file's `dependencies` allows one version alone."""
    match = _CONDA.match(line.strip())
    if match is None:
        return False
    exact = _EXACT.fullmatch(match["spec"].strip()) is not None
    return exact or (match["name"] == "python" and _EXACT_PYTHON.fullmatch(match["spec"].strip()) is not None)


def is_exact_pip(line: str) -> bool:
    """Whether a requirement allows one version alone, or names where it is fetched from."""
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return False
    clauses = list(requirement.specifier)
    by_version = len(clauses) == 1 and clauses[0].operator in {"==", "==="} and "*" not in clauses[0].version
    return requirement.url is not None or by_version


def conda_name(line: str) -> str:
    """The normalised name of a line of `dependencies`; empty where it has none."""
    match = _CONDA.match(line.strip())
    return "" if match is None else str(canonicalize_name(match["name"]))


def pip_name(line: str) -> str:
    """The normalised name of a requirement; empty where it is a path."""
    try:
        return str(canonicalize_name(Requirement(line).name))
    except InvalidRequirement:
        return ""


def _lines(conda: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each package of a conda file: as it is written, its name, and whether that is one version. Options are none."""
    for entry in conda.get("dependencies") or ():
        if isinstance(entry, dict):
            lines = [_COMMENT.sub("", str(line)).strip() for line in entry.get("pip") or ()]
            yield from ((line, pip_name(line), is_exact_pip(line)) for line in lines if line and line[0] != "-")
        else:
            yield str(entry), conda_name(str(entry)), is_exact_conda(str(entry))


def _installed(packages: Packages | None) -> Iterator[str]:
    if packages is None:
        return
    yield from (conda_name(line) for line in packages.conda)
    yield from (re.split(r"==| @ ", line)[0] for line in packages.pip)
    yield from packages.unnamed
