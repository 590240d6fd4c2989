"""A conda file as pip understands it: the Python it asks for, requirements, and what has no twin on PyPI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devkit.runtime.interpreters import Interpreter

__all__ = ["CondaRequirements", "read_conda", "requirements_text", "unsatisfied"]

_TWINS: Final = {
    "dask-core": "dask",
    "lightgbm-cpu": "lightgbm",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python-headless",
    "protobuf-python": "protobuf",
    "py-lightgbm": "lightgbm",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "ruamel-yaml": "ruamel.yaml",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
}
"""Packages that are called otherwise on PyPI (their own projects' pages, 2026-11)."""

_CONDA_ONLY: Final = re.compile(
    r"(_.*|r-.*|r|lib.*|cuda.*|cudnn|nccl|mkl|mkl-service|blas|nomkl|openblas|cpuonly|pytorch-cuda|pytorch-mutex|gcc.*|"
    r"gxx.*|binutils.*|sysroot.*|openmpi|mpich|openssl|ca-certificates|sqlite|zlib|bzip2|xz|readline|ncurses|tk|ffmpeg|"
    r"git|git-lfs|curl|wget|make|nodejs|openjdk|graphviz|gdal|proj|geos|hdf5|unixodbc|gfortran.*|compilers|poppler|"
    r"tesseract|bash|jpeg|nginx)"
)
"""Programs and libraries that no wheel of that name brings."""

_CONDA_LINE: Final = re.compile(r"^(?:[\w./-]+::)?(?P<name>[A-Za-z0-9_][\w.-]*)\s*(?P<spec>.*)$")
_CLAUSE: Final = re.compile(r"^(?P<operator>[=<>!~]*)\s*(?P<version>[\w.*+!-]+)$")
_OPTIONS: Final = (
    *("--index-url", "-i", "--extra-index-url", "--find-links", "-f", "--no-index", "--pre", "--trusted-host"),
    *("--prefer-binary", "--only-binary", "--no-binary"),
)
_INSTALLERS: Final = frozenset({"pip", "conda", "setuptools", "wheel"})
_SERVER: Final = frozenset({"azureml-inference-server-http", "azureml-defaults"})
"""What an image needs in order to serve; here the kit's own server does that."""


@dataclass(frozen=True)
class CondaRequirements:
    """What a conda file asks for."""

    python: str
    """A version specifier, such as `==3.11.*`; empty when any will do."""
    packages: tuple[str, ...]
    """Lines of a requirements file, in the file's order."""
    options: tuple[str, ...] = ()
    """pip's options, a line each."""
    not_honoured: tuple[str, ...] = ()
    """Sentences for the user."""


def read_conda(content: Mapping[str, Any]) -> CondaRequirements:
    """Read a conda file's values. What pip cannot do is left out and told."""
    python = ""
    packages: list[str] = []
    options: list[str] = []
    notes: list[str] = []
    for entry in content.get("dependencies") or ():
        if isinstance(entry, str):
            name, requirement, note = _from_conda(entry)
            if name == "python":
                python = requirement.removeprefix("python")
            elif requirement:
                packages.append(requirement)
            notes += filter(None, (note,))
        elif isinstance(entry, dict):
            for line in entry.get("pip") or ():
                _from_pip(str(line).strip(), packages, options, notes)
    return CondaRequirements(python, tuple(packages), tuple(options), tuple(notes))


def _from_conda(line: str) -> tuple[str, str, str]:
    """The name, the requirement (empty where there is none), and the sentence about what is lost (or empty)."""
    match = _CONDA_LINE.match(line.strip())
    if match is None:
        return "", "", f"'{line}' is no package that pip could install."
    name = canonicalize_name(match["name"])
    if name in _INSTALLERS:
        return name, "", ""
    if _CONDA_ONLY.fullmatch(match["name"].lower()):
        return name, "", f"{match['name']} is a conda package without a twin on PyPI, and was left out."
    twin = _TWINS.get(name, match["name"])
    specifier = _specifier(match["spec"])
    if specifier is None:
        return name, twin, f"'{line.strip()}' names a version as pip cannot: any version of {twin} was taken."
    return name, f"{twin}{specifier}", ""


def _specifier(spec: str) -> str | None:
    """A conda version as PEP 440 writes it; None where that cannot be told."""
    clauses = [_clause(each.strip()) for each in spec.split(",") if each.strip()]
    if None in clauses:
        return None
    text = ",".join(filter(None, clauses))
    try:
        return str(SpecifierSet(text)) if text else ""
    except InvalidSpecifier:
        return None


def _clause(text: str) -> str | None:
    """One clause: conda's `=1.2` and `1.2` mean 1.2 and what follows it, `=1.2=build` names a build as well."""
    if text == "*":
        return ""
    text = re.sub(r"(?<=[=<>!~])\s+", "", text)
    if (build := re.fullmatch(r"(={1,2}[^=]+)=\S+", text)) is not None:
        text = build[1]
    text = re.sub(r"^(\S+)\s+\S+$", r"\1", text)  # the build may stand behind a blank
    match = _CLAUSE.match(text)
    if match is None:
        return None
    operator, version = match["operator"], match["version"]
    if operator in {"", "="}:
        return f"=={version}" if version.endswith("*") else f"=={version}.*"
    if operator in {"<", ">", "<=", ">="}:
        return f"{operator}{version.removesuffix('.*').removesuffix('*')}"
    return f"{operator}{version}"


def _from_pip(line: str, packages: list[str], options: list[str], notes: list[str]) -> None:
    line = re.sub(r"(^|\s+)#.*$", "", line)
    if not line:
        return
    if line.split("=")[0].split()[0] in _OPTIONS:
        options.append(line)
    elif line.startswith("-"):
        notes.append(f"'{line}' refers to a file of the build, which a process does not have; it was left out.")
    else:
        packages.append(line)


def unsatisfied(wanted: CondaRequirements, interpreter: Interpreter) -> tuple[str, ...]:
    """What an interpreter lacks of a conda file: `python==3.12.*`, or lines of `packages`; empty when it has all.

    Only what the file itself names is looked at: whatever that needs was installed along with it.
    """
    lacking = [line for line in wanted.packages if not _is_installed(line, interpreter)]
    if wanted.python and not SpecifierSet(wanted.python).contains(interpreter.version, prereleases=True):
        lacking.insert(0, f"python{wanted.python}")
    return tuple(lacking)


def _is_installed(line: str, interpreter: Interpreter) -> bool:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:  # a path or a URL: nobody knows what is in it
        return False
    versions = {"python_version": interpreter.minor, "python_full_version": interpreter.version}
    if requirement.marker is not None and not requirement.marker.evaluate(versions):
        return True
    name = str(canonicalize_name(requirement.name))
    if name in _SERVER:
        return True
    version = interpreter.installed.get(name)
    return version is not None and (requirement.specifier.contains(version, prereleases=True))


def requirements_text(wanted: CondaRequirements) -> str:
    """A requirements file."""
    return _lines((*wanted.options, *wanted.packages))


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
