"""Virtual environments built from conda files, in the user's cache by the hash of what they are made from.

uv builds them when it is here, else `python -m venv` and pip; conda, mamba or micromamba when they are asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from packaging.specifiers import SpecifierSet

from devkit.disk.user_cache import build_once, cache_folder
from devkit.runtime.conda_file import requirements_text
from devkit.runtime.installers import BUILD_FAILED, find_tool, find_uv, run_told
from devkit.runtime.interpreters import OLDEST, current_interpreter, named_interpreter
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.runtime.conda_file import CondaRequirements
    from devkit.runtime.interpreters import Interpreter
    from devkit.runtime.protocol import Progress

__all__ = ["CONDA_TOOLS", "build_conda", "build_venv", "find_python"]

CONDA_TOOLS: Final = ("conda", "mamba", "micromamba")
_REQUIREMENTS: Final = "requirements.txt"
_FORMAT: Final = 1
"""Part of the hash: raise it when environments are to be built otherwise."""


def build_venv(wanted: CondaRequirements, progress: Progress) -> Interpreter:
    """The interpreter of an environment that has what a conda file asks for; built if need be.

    Raises:
        CannotRunError: with code ImageBuildFailure; no Python of that version, or a package cannot be installed.
    """
    base = find_python(wanted.python, progress)
    key = {"python": base.version, "at": base.path, "requirements": requirements_text(wanted)}
    folder = _folder(key)

    def build(target: Path, lock: int) -> None:
        uv = find_uv()
        make = [uv, "venv", "--quiet", "--python", base.path] if uv else [base.path, "-m", "venv"]
        run_told([*make, str(target)], progress, f"Making an environment of Python {base.version}", keep_open=lock)
        requirements = target / _REQUIREMENTS
        requirements.write_text(requirements_text(wanted), encoding="utf-8")
        python = str(_python_of(target))
        install = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
        run_told([*install, "-r", str(requirements)], progress, "Installing the packages", keep_open=lock)

    _build(folder, build, progress)
    return named_interpreter(str(_python_of(folder)))


def build_conda(tool: str, content: Mapping[str, Any], progress: Progress) -> Interpreter:
    """The interpreter of a conda environment, made from a conda file as it stands.

    Raises:
        CannotRunError: the tool is not here, or the environment cannot be made.
    """
    program = find_tool(tool)
    if program is None:
        raise CannotRunError(
            f"{tool} is not on the PATH. Install it, or leave devkit.python out: then uv or pip build the environment.",
            code="BadArgument",
        )
    text = yaml.safe_dump(dict(content), sort_keys=True)
    folder = _folder({"tool": tool, "conda": text})

    def build(target: Path, lock: int) -> None:
        file = target.with_name(f"{target.name}.yml")
        file.write_text(text, encoding="utf-8")
        verb = ["create", "--yes"] if tool == "micromamba" else ["env", "create"]
        command = [program, *verb, "--prefix", str(target), "--file", str(file)]
        run_told(command, progress, f"Making the environment with {tool}", keep_open=lock)

    _build(folder, build, progress)
    return named_interpreter(str(_python_of(folder, conda=True)))


def find_python(specifier: str, progress: Progress) -> Interpreter:
    """An interpreter of this machine whose version a specifier allows: the kit's own when it does, else the newest.

    Raises:
        CannotRunError: there is none, and uv, which could fetch one, is not here; or the server cannot run on it.
    """
    wanted = SpecifierSet(specifier)
    _refuse_too_old(wanted, specifier)
    own = current_interpreter()
    if wanted.contains(own.version, prereleases=True):
        return own
    for path in _other_pythons():
        try:
            found = named_interpreter(path)
        except CannotRunError:  # a shim of a version that is not installed, and the like
            continue
        if wanted.contains(found.version, prereleases=True):
            return found
    return _fetch(specifier, own, progress)


def _fetch(specifier: str, own: Interpreter, progress: Progress) -> Interpreter:
    uv = find_uv()
    if uv is None:
        raise CannotRunError(
            f"The conda file asks for Python {specifier}, and no such Python is here (the kit runs on {own.version}). "
            f"Install one, or uv, which fetches it; or set devkit.python to an interpreter, or to `current`, "
            f"which takes {own.version} all the same; or use the runtime docker.",
            code=BUILD_FAILED,
        )
    folder = cache_folder() / "pythons" / hashlib.sha256(specifier.encode()).hexdigest()[:16]

    def build(target: Path, lock: int) -> None:
        command = [uv, "venv", "--quiet", "--python", specifier, str(target)]
        run_told(command, progress, f"Fetching Python {specifier}", keep_open=lock)

    build_once(folder, build, progress, f"Python {specifier}")
    return named_interpreter(str(_python_of(folder).resolve()))


def _refuse_too_old(wanted: SpecifierSet, specifier: str) -> None:
    possible = [f"3.{minor}.{patch}" for minor in range(OLDEST[1], 30) for patch in range(30)]
    if not any(wanted.contains(version) for version in possible):
        raise CannotRunError(
            f"The conda file asks for Python {specifier}; the server needs {OLDEST[0]}.{OLDEST[1]} or later. "
            "Ask for a later one, or use the runtime docker, where the image's own server runs.",
            code=BUILD_FAILED,
        )


def _other_pythons() -> Iterator[str]:
    """Interpreters where they usually lie, the newest first."""
    for minor in range(20, OLDEST[1] - 1, -1):
        if (path := find_tool(f"python3.{minor}")) is not None:
            yield path
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
        yield from map(str, sorted(pyenv.glob(f"3.{minor}.*/bin/python"), reverse=True))
        if sys.platform == "win32":
            programs = Path(os.environ.get("LOCALAPPDATA", "")) / "Programs/Python"
            yield from map(str, programs.glob(f"Python3{minor}/python.exe"))


def _folder(key: Mapping[str, str]) -> Path:
    text = json.dumps({**key, "format": _FORMAT, "platform": sys.platform}, sort_keys=True)
    return cache_folder() / "environments" / hashlib.sha256(text.encode()).hexdigest()[:24]


def _build(folder: Path, build: Any, progress: Progress) -> None:
    try:
        built = build_once(folder, build, progress, "this environment")
    except OSError as error:
        raise CannotRunError(
            f"The environment could not be built in {folder}: {error.strerror or error}. "
            "DEVKIT_CACHE_DIR chooses another place.",
            code=BUILD_FAILED,
        ) from error
    progress(f"The environment {'is' if built else 'was'} ready: {folder}")


def _python_of(folder: Path, *, conda: bool = False) -> Path:
    if sys.platform == "win32":
        return folder / "python.exe" if conda else folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"
