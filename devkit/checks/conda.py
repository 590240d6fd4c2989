"""A conda file's packages, read from its values: names, pip names, python version."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["CondaFile", "Requirement", "normalise_name", "parse_conda", "parse_requirement"]

_NAME = re.compile(r"^\s*(?:[\w.-]+::)?(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?P<spec>.*)$")


@dataclass(frozen=True)
class Requirement:
    """One line of a conda file: a normalised name, the version part as written, and where it stands in the values."""

    name: str
    spec: str
    path: tuple[str | int, ...]
    pip: bool


@dataclass(frozen=True)
class CondaFile:
    """The packages of a conda file. `complete` is False when it refers to files or URLs that were not read."""

    requirements: tuple[Requirement, ...]
    complete: bool = True

    @property
    def names(self) -> frozenset[str]:
        """Every package's normalised name."""
        return frozenset(requirement.name for requirement in self.requirements)

    def find(self, name: str) -> Requirement | None:
        """The line that asks for `name`, or None."""
        wanted = normalise_name(name)
        return next((line for line in self.requirements if line.name == wanted), None)

    @property
    def python(self) -> str | None:
        """The version that ``python=3.12`` or ``python>=3.12`` names, without its operator; None when not said."""
        line = next((line for line in self.requirements if line.name == "python" and not line.pip), None)
        found = re.search(r"\d+(?:\.\d+)*", line.spec) if line else None
        return found[0] if found else None


def normalise_name(name: str) -> str:
    """A distribution's name as PEP 503 compares it: lower case, runs of ``-_.`` as one dash."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_requirement(text: str) -> tuple[str, str] | None:
    """Name and version part of one line, or None for options, URLs, paths and editable installs."""
    line = text.split("#", 1)[0].strip()
    if not line or line.startswith(("-", ".", "/")) or "://" in line.partition(" @ ")[0]:
        return None
    match = _NAME.match(line)
    return (normalise_name(match["name"]), match["spec"].partition(";")[0].strip()) if match else None


def parse_conda(values: object) -> CondaFile | None:
    """The packages of a conda file's loaded YAML; None when it is not a mapping with a list of dependencies."""
    dependencies = values.get("dependencies") if isinstance(values, dict) else None
    if not isinstance(dependencies, list):
        return None
    requirements: list[Requirement] = []
    complete = True
    for index, entry in enumerate(dependencies):
        if isinstance(entry, str):
            complete &= _add(requirements, entry, ("dependencies", index), pip=False)
        elif isinstance(entry, dict) and isinstance(entry.get("pip"), list):
            for place, line in enumerate(entry["pip"]):
                complete &= _add(requirements, str(line), ("dependencies", index, "pip", place), pip=True)
    return CondaFile(tuple(requirements), complete)


def _add(requirements: list[Requirement], line: str, path: tuple[str | int, ...], *, pip: bool) -> bool:
    """Append what `line` asks for; False when it points somewhere that is not read."""
    parsed = parse_requirement(line)
    if parsed is None:
        return line.strip().startswith(("#", "--index-url", "--extra-index-url")) or not line.strip()
    requirements.append(Requirement(parsed[0], parsed[1], path, pip))
    return True
