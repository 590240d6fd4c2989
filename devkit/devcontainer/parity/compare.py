"""Every difference that matters between a container, what the deployment asks for, and the machine outside. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.devcontainer.parity.snapshot import Snapshot

__all__ = ["Difference", "Expected", "against_the_deployment", "against_the_outside"]

_ARCHITECTURES = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}
_INSTALLERS = frozenset({"python", "pip"})
_CONDA_EXACT = re.compile(r"^=+\s*([\w.!+*]+)(?:=.*)?$")


@dataclass(frozen=True)
class Expected:
    """What the deployment asks for."""

    python: str | None = None
    """As the conda file says it: 3.12; None where it says nothing."""
    requirements: Mapping[str, str] = field(default_factory=dict)
    """The version part of each line of the conda file, by the package's normalised name."""
    environment: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    """Each path of the container, and what it is: the folder of the code, the model."""
    user: str | None = None
    architecture: str = "x86_64"
    gpus: int = 0


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be."""

    severity: Literal["error", "warning", "note"]
    """error: production would behave otherwise. warning: it may. note: good to know."""
    what: str
    inside: str
    other: str
    """What the deployment asks for, or what is outside."""
    why: str


def against_the_deployment(inside: Snapshot, expected: Expected) -> list[Difference]:
    """Where a container is not what the deployment would have in production."""
    return [
        *_python(inside, expected),
        *_packages(inside, expected),
        *_environment(inside, expected),
        *_paths(inside, expected),
        *_user(inside, expected),
        *_architecture(inside, expected),
        *_cuda(inside, expected),
    ]


def against_the_outside(inside: Snapshot, outside: Snapshot, requirements: Mapping[str, str]) -> list[Difference]:
    """Where the machine outside would make the same code behave otherwise: a reason to run it inside."""
    return list(_outside(inside, outside, requirements))


def _python(inside: Snapshot, expected: Expected) -> Iterator[Difference]:
    if expected.python and not _satisfies(inside.python, f"={expected.python}"):
        why = "the conda file names the version that production has"
        yield Difference("error", "Python", inside.python, expected.python, why)


def _packages(inside: Snapshot, expected: Expected) -> Iterator[Difference]:
    for name, spec in sorted(expected.requirements.items()):
        if name in _INSTALLERS:
            continue
        found = inside.packages.get(name)
        if found is None:
            # A conda package need not be a Python distribution, so its absence may mean nothing.
            yield Difference("warning", f"package {name}", "missing", spec or "any", "the conda file asks for it")
        elif not _satisfies(found, spec):
            yield Difference("error", f"package {name}", found, spec, "the conda file asks for another version")


def _environment(inside: Snapshot, expected: Expected) -> Iterator[Difference]:
    for name, value in expected.environment.items():
        found = inside.environment.get(name)
        if found != value:
            shown = "not set" if found is None else found
            yield Difference("error", f"variable {name}", shown, value, "production sets it so")


def _paths(inside: Snapshot, expected: Expected) -> Iterator[Difference]:
    for path, what in expected.paths.items():
        if inside.paths.get(path, "missing") == "missing":
            yield Difference(
                "error", f"path {path}", "missing", what, "the scoring script finds it there in production"
            )
        elif what.startswith("model") and "read-only" not in inside.paths[path]:
            yield Difference("warning", f"path {path}", "writable", "read-only", "a script may not write to its model")


def _user(inside: Snapshot, expected: Expected) -> Iterator[Difference]:
    if inside.uid == 0:
        yield Difference("error", "user", "root", expected.user or "not root", "root may what production may not")
    elif expected.user and inside.user != expected.user:
        yield Difference("warning", "user", inside.user, expected.user, "files and rights belong to another user")


def _architecture(inside: Snapshot, expected: Expected) -> Iterator[Difference]:
    found = _ARCHITECTURES.get(inside.architecture, inside.architecture)
    if found != expected.architecture:
        why = "Azure's images and machines are amd64; wheels and results may differ"
        yield Difference("error", "architecture", found, expected.architecture, why)


def _cuda(inside: Snapshot, expected: Expected) -> Iterator[Difference]:
    if expected.gpus and not inside.gpus:
        why = "the size has GPUs, the container sees none: the code runs on the CPU, if it runs"
        yield Difference("error", "GPU", "none", str(expected.gpus), why)
    if inside.cuda_toolkit and inside.cuda_driver and _older(inside.cuda_driver, inside.cuda_toolkit):
        why = "the driver of this machine is older than the image's CUDA; update the driver"
        yield Difference("error", "CUDA", inside.cuda_toolkit, f"driver for {inside.cuda_driver}", why)


def _outside(inside: Snapshot, outside: Snapshot, requirements: Mapping[str, str]) -> Iterator[Difference]:
    if Version(inside.python).release[:2] != Version(outside.python).release[:2]:
        yield Difference("note", "Python", inside.python, outside.python, "the interpreter outside is another version")
    for name in sorted(requirements.keys() - _INSTALLERS):
        here, there = inside.packages.get(name), outside.packages.get(name)
        if here and here != there:
            yield Difference("note", f"package {name}", here, there or "missing", "another version outside")
    found = [_ARCHITECTURES.get(each.architecture.lower(), each.architecture) for each in (inside, outside)]
    if found[0] != found[1]:
        yield Difference(
            "note", "architecture", found[0], found[1], "the container is emulated, so timings mean little"
        )
    if inside.system != outside.system:
        yield Difference("note", "system", inside.system, outside.system, "paths, signals and file names differ")
    if outside.gpus and not inside.gpus:
        yield Difference("note", "GPU", "none", ", ".join(outside.gpus), "the container was not given the host's GPUs")


def _satisfies(version: str, spec: str) -> bool:
    """Whether a version fits a conda or pip specification; one that cannot be read is taken to fit."""
    exact = _CONDA_EXACT.match(spec.strip()) if not spec.strip().startswith("==") else None
    text = f"=={exact[1].removesuffix('.*')}.*" if exact else re.sub(r"\s+", "", spec)
    if text and text[0].isdigit():
        text = f"=={text}"
    try:
        return SpecifierSet(text).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _older(version: str, other: str) -> bool:
    try:
        return Version(version).release[:2] < Version(other).release[:2]
    except InvalidVersion:
        return False
