"""Python interpreters of this machine: what one is, and whether it can run the server as it stands."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OLDEST", "Interpreter", "current_interpreter", "named_interpreter"]

OLDEST: Final = (3, 10)
"""The oldest Python that the server runs on."""
_NEEDED: Final = frozenset({"endpoint-devkit", "flask", "granian", "watchdog", "debugpy"})
_PATIENCE_S: Final = 60
_QUESTION: Final = """
import json, platform, sys, sysconfig
from importlib.metadata import distributions
found = {each.metadata["Name"] or "": each.version for each in distributions()}
print(json.dumps({
    "path": sys.executable, "version": platform.python_version(), "platform": sysconfig.get_platform(),
    "installed": found,
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter and what is installed for it."""

    path: str
    version: str
    """Such as 3.11.7."""
    platform: str
    """As sysconfig calls it: linux-x86_64."""
    installed: Mapping[str, str]
    """Distributions by normalised name, with their versions."""

    @property
    def minor(self) -> str:
        """Such as 3.11."""
        return ".".join(self.version.split(".")[:2])

    @property
    def can_serve(self) -> bool:
        """Whether the server and everything that it needs is installed."""
        return self.installed.keys() >= _NEEDED


def current_interpreter() -> Interpreter:
    """The interpreter that runs this."""
    found = {each.metadata["Name"] or "": each.version for each in importlib.metadata.distributions()}
    version = ".".join(map(str, sys.version_info[:3]))
    return Interpreter(sys.executable, version, sysconfig.get_platform(), _normalised(found))


def named_interpreter(python: str) -> Interpreter:
    """The interpreter of a path or a command's name.

    Raises:
        CannotRunError: nothing of that name can be run, it is no Python, or one that is too old.
    """
    path = shutil.which(python)
    if path is None:
        raise CannotRunError(
            f"There is no interpreter {python}. Name one by its path, or a command on the PATH.", code="BadArgument"
        )
    interpreter = _ask(path)
    if tuple(map(int, interpreter.minor.split("."))) < OLDEST:
        raise CannotRunError(
            f"{path} is Python {interpreter.version}; the server needs {OLDEST[0]}.{OLDEST[1]} or later. "
            "Name a later one, or use the runtime docker.",
            code="BadArgument",
        )
    return interpreter


def _ask(path: str) -> Interpreter:
    try:
        asked = subprocess.run(  # noqa: S603  the interpreter that the user named
            [path, "-c", _QUESTION], capture_output=True, text=True, timeout=_PATIENCE_S, check=True
        )
        answer = json.loads(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        told = getattr(error, "stderr", None) or str(error)
        raise CannotRunError(f"{path} does not answer as a Python does: {told.strip()}", code="BadArgument") from None
    return Interpreter(path, answer["version"], answer["platform"], _normalised(answer["installed"]))


def _normalised(found: Mapping[str, str]) -> dict[str, str]:
    from packaging.utils import canonicalize_name

    return {str(canonicalize_name(name)): version for name, version in found.items()}
