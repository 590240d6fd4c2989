"""Brings the server into an interpreter or a container that does not have it, from the install that runs this.

An injection is a folder with `devkit_instance.py`, which starts it, and `packages`: the server, a copy of what runs
here, and its four dependencies. `packages` comes last on sys.path there, so that the user's own versions of Flask and
the like win. The folder also has the script that serves an MLflow model without code. It holds files alone, no links,
and may be mounted or copied anywhere.

The dependencies are copied from this install too where it is the same Python on the same platform; otherwise an
installer fetches them. granian is native: where it cannot be had, everything else comes without it, and the server
runs as its development server.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement

from devkit.disk.user_cache import build_once, cache_folder
from devkit.runtime.installed import closure, files_of, package_folder
from devkit.runtime.installers import find_uv, own_pip, run_told
from devkit.runtime.instance_environment import MLFLOW_SCRIPT
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from devkit.runtime.protocol import Progress

__all__ = ["Injection", "dependencies_for", "injection_for"]

_OURS: Final = ("inference_server", "_endpoint_devkit")
_NATIVE: Final = "granian"
_START: Final = Path(__file__).with_name("devkit_instance.py")
_MLFLOW: Final = Path(__file__).with_name("mlflow_score.py")
_HERE: Final = ".".join(map(str, sys.version_info[:2]))
_GLIBC: Final = (*range(28, 16, -1), 12, 5)
"""Minor versions of glibc 2 whose manylinux wheels run in the service's images (Ubuntu 22.04 has 2.35)."""
_MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Injection:
    """The server for one Python on one platform."""

    folder: Path
    """Mount or copy it whole."""
    production: bool
    """Whether the production server is there; without granian only the development server is."""

    def command(self, python: str, at: str | None = None) -> list[str]:
        """How to start it; flags of `infsrv` follow.

        Args:
            python: the interpreter, as the instance sees it.
            at: where the instance finds the folder; the folder itself when left out.
        """
        if at is None:
            return [python, str(self.folder / _START.name), str(self.folder / "packages")]
        return [python, str(PurePosixPath(at) / _START.name), str(PurePosixPath(at) / "packages")]


def injection_for(python_version: str, platform: str | None = None, progress: Progress = lambda _: None) -> Injection:
    """The injection for a Python, made if need be; cached by its content.

    Args:
        python_version: such as "3.12".
        platform: as Docker names it, `linux/amd64` or `linux/arm64`; None for this machine.
        progress: takes a line for each step.

    Raises:
        CannotRunError: the dependencies cannot be had for that Python.
    """
    dependencies = dependencies_for(_wanted(), python_version, platform, progress)
    folder = cache_folder() / "injections" / _digest(dependencies)

    def assemble(target: Path, _: int) -> None:
        shutil.copytree(dependencies, target / "packages", copy_function=_hard_link_or_copy)
        for name in _OURS:
            shutil.copytree(package_folder(name), target / "packages" / name)
        shutil.copyfile(_START, target / _START.name)
        shutil.copyfile(_MLFLOW, target / MLFLOW_SCRIPT)

    build_once(folder, assemble, progress, "the server for another interpreter")
    return Injection(folder, (folder / "packages" / _NATIVE).is_dir())


def dependencies_for(wanted: list[str], python_version: str, platform: str | None, progress: Progress) -> Path:
    """A folder with packages for a Python on a platform, made if need be; its name says for what.

    Args:
        wanted: requirements that this install fulfils.
        python_version: such as "3.12".
        platform: as Docker names it; None for this machine.
        progress: takes a line for each step.

    Raises:
        CannotRunError: they cannot be had for that Python.
    """
    key = hashlib.sha256(repr((wanted, python_version, platform or sysconfig.get_platform())).encode()).hexdigest()[:16]
    name = f"{python_version}-{(platform or sysconfig.get_platform()).replace('/', '-')}-{key}"
    folder = cache_folder() / "dependencies" / name

    def build(target: Path, _: int) -> None:
        if python_version == _HERE and _is_this_machine(platform):
            _copy_distributions(wanted, target)
            return
        try:
            _install(wanted, python_version, platform, target, progress)
        except CannotRunError as error:
            progress(f"{error} The server goes there without {_NATIVE}, and serves as its development server.")
            shutil.rmtree(target, ignore_errors=True)
            _copy_distributions([each for each in wanted if Requirement(each).name != _NATIVE], target)

    build_once(folder, build, progress, f"the server's dependencies for Python {python_version}")
    return folder


def _wanted() -> list[str]:
    """The server's dependencies, as this install declares them."""
    required = importlib.metadata.requires("endpoint-devkit") or []
    return [each for each in required if "extra" not in each]


def _is_this_machine(platform: str | None) -> bool:
    if platform is None:
        return True
    system, _, machine = platform.partition("/")
    here = sysconfig.get_platform()
    return here == f"{system}-{_MACHINES.get(machine, machine)}" and not _uses_musl()


def _uses_musl() -> bool:
    return "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "")


def _copy_distributions(wanted: list[str], target: Path) -> None:
    """Copy installed distributions and whatever they need, without their commands."""
    target.mkdir(parents=True)
    for distribution in closure(wanted):
        for source, place in files_of(distribution):
            _copy_file(source, target / place)


def _copy_file(source: Path, target: Path) -> None:
    """With what Python has compiled of it: a container that mounts the folder may not be able to keep that."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _hard_link_or_copy(str(source), str(target))
    compiled = Path(cache_from_source(str(source)))
    if source.suffix == ".py" and compiled.exists():
        place = Path(cache_from_source(str(target)))
        place.parent.mkdir(exist_ok=True)
        _hard_link_or_copy(str(compiled), str(place))


def _install(wanted: list[str], python_version: str, platform: str | None, target: Path, progress: Progress) -> None:
    what = f"Fetching the server's dependencies for Python {python_version}"
    if (uv := find_uv()) is not None:
        command = [uv, "pip", "install", "--python-version", python_version, "--only-binary", ":all:"]
        command += ["--python-platform", _uv_platform(platform)] if platform is not None else []
    elif (pip := own_pip()) is not None:
        command = [*pip, "install", "--quiet", "--python-version", python_version, "--only-binary", ":all:"]
        command += [word for tag in _pip_platforms(platform) for word in ("--platform", tag)]
    else:
        raise CannotRunError(f"{what} failed: neither uv nor pip is here.", code="ImageBuildFailure")
    run_told([*command, "--target", str(target), *wanted], progress, what)


def _machine(platform: str) -> str:
    machine = platform.partition("/")[2]
    return _MACHINES.get(machine, machine)


def _uv_platform(platform: str) -> str:
    return f"{_machine(platform)}-manylinux_2_{_GLIBC[0]}"


def _pip_platforms(platform: str | None) -> list[str]:
    """Every tag has to be named: pip derives no older one from a newer."""
    if platform is None:
        return []
    return [f"manylinux_2_{minor}_{_machine(platform)}" for minor in _GLIBC] + [f"manylinux2014_{_machine(platform)}"]


def _digest(dependencies: Path) -> str:
    """Of the dependencies' name and of every file of ours, so that another version is another injection."""
    digest = hashlib.sha256(dependencies.name.encode())
    for name in _OURS:
        root = package_folder(name)
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    digest.update(_START.read_bytes() + _MLFLOW.read_bytes())
    return digest.hexdigest()[:24]


def _hard_link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)
