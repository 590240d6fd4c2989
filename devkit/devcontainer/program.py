"""The dev container CLI (@devcontainers/cli) as a child process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.devcontainer.failures import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["CannotStartError", "DevContainerProgram", "Running", "find_program"]

_LAST_LINES = 20


class CannotStartError(Exception):
    """The container could not be made, or nothing can be run in it. ``str(error)`` says what, why, and what to do."""


@dataclass(frozen=True)
class Running:
    """A dev container that is up."""

    container: str
    user: str
    folder: str
    """The workspace's folder in it."""


def find_program(path: str | None = None) -> str:
    """The dev container CLI.

    Args:
        path: where to look, as PATH; the process's own PATH when left out.

    Raises:
        CannotStartError: it is not here.
    """
    found = shutil.which("devcontainer", path=path)
    if found is None:
        raise CannotStartError(
            "The dev container CLI is not on the PATH. Install it with: npm install -g @devcontainers/cli; "
            "or open the folder in VS Code and choose 'Reopen in Container'."
        )
    return found


@dataclass(frozen=True)
class DevContainerProgram:
    """The CLI, for one configuration of one workspace."""

    program: str
    workspace: Path
    configuration: Path
    docker: str = "docker"
    buildkit: bool = True
    """Whether the docker command has BuildKit; an older one uses it only when told."""

    def up(self, progress: Callable[[str], None]) -> Running:
        """Build and start the container; at once where it runs already.

        Raises:
            CannotStartError: with the cause, as far as the output shows it, and its last lines.
        """
        if shutil.which(self.docker) is None:
            raise CannotStartError(f"{self.docker} is not here. Install Docker Engine or Docker Desktop.")
        with subprocess.Popen(  # noqa: S603  the program that was looked for, with paths as arguments
            self._command("up"),
            env={**os.environ, "DOCKER_BUILDKIT": "1" if self.buildkit else "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            lines: list[str] = []
            for line in process.stdout or ():
                lines.append(line.rstrip())
                progress(lines[-1])
        return _running(lines)

    def run(self, words: Sequence[str], text: str) -> str:
        """Run a command in the container as its user, with `text` on standard input; what it printed.

        Raises:
            CannotStartError: the container is not up, or the command failed.
        """
        done = subprocess.run(  # noqa: S603  the same
            self._command("exec", *words),
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise _failure(
                [*done.stderr.splitlines(), *done.stdout.splitlines()], "nothing could be run in the container"
            )
        return done.stdout

    def _command(self, verb: str, *words: str) -> list[str]:
        where = ("--workspace-folder", str(self.workspace), "--config", str(self.configuration))
        return [self.program, verb, *where, "--docker-path", self.docker, *words]


def _running(lines: list[str]) -> Running:
    result = next(filter(None, map(_result, reversed(lines))), {})
    if result.get("outcome") != "success":
        raise _failure([*lines, str(result.get("description", ""))], "the container could not be started")
    return Running(result["containerId"], result["remoteUser"], result["remoteWorkspaceFolder"])


def _result(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "outcome" in value else None


def _failure(lines: list[str], what: str) -> CannotStartError:
    cause = explain("\n".join(lines))
    end = "\n".join(f"  {line}" for line in lines[-_LAST_LINES:] if line.strip())
    return CannotStartError(cause or f"{what}; the output ends with\n{end}")
