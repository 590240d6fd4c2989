"""Builds images with the docker command: BuildKit's build secrets and caches are not to be had through the API.

A build's log is streamed line by line. What is built is tagged by its content, so that the same is never built twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devkit.runtime.dockerfile import with_secrets
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.runtime.build_inputs import BuildInputs
    from devkit.runtime.container import Build
    from devkit.runtime.protocol import Progress

__all__ = ["IMAGE_NAME", "BuildCommand", "build_digest", "build_image", "find_build_command", "tag_of"]

IMAGE_NAME: Final = "endpoint-devkit"
"""The repository of the images that are built here; the tag is the digest of what they are made of."""

_CODE: Final = "ImageBuildFailure"
_LOG_LINES: Final = 200
_FIRST_WITH_BUILDX: Final = 23
_PATIENCE_S: Final = 30


@dataclass(frozen=True)
class BuildCommand:
    """A docker command and what it can do."""

    path: str
    buildkit: bool
    buildx: bool = False
    """BuildKit by the plug-in, as from docker 23 on; before, the engine has it built in."""


def find_build_command(search_path: str | None = None) -> BuildCommand:
    """The first docker command on the PATH that has BuildKit, else the first one.

    There may be several: a newer docker without its buildx plug-in cannot build with BuildKit, an older one can.

    Raises:
        CannotRunError: there is no docker command.
    """
    folders = (search_path if search_path is not None else os.environ.get("PATH", os.defpath)).split(os.pathsep)
    paths = dict.fromkeys(found for folder in folders if folder and (found := shutil.which("docker", path=folder)))
    commands = []
    for path in paths:
        command = _ask(path)
        if command.buildkit:
            return command
        commands.append(command)
    if not commands:
        raise CannotRunError(
            "This deployment's image must be built, and there is no docker command on the PATH. Install Docker's "
            "command line (Debian: docker.io).",
            code=_CODE,
        )
    return commands[0]


def build_digest(build: Build, base_id: str | None) -> str:
    """A digest of everything that an image is made of.

    Args:
        build: what is to be built.
        base_id: the id of the image that a Dockerfile of ours starts from.
    """
    digest = hashlib.sha256(f"{base_id}\n{build.dockerfile}\n".encode())
    for name, text in sorted(build.files.items()):
        digest.update(f"{name}\n{text}\n".encode())
    if build.context is not None:
        for path in sorted(path for path in build.context.rglob("*") if path.is_file()):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            executable = bool(path.stat().st_mode & 0o100)
            digest.update(f"{path.relative_to(build.context).as_posix()} {executable} {content}\n".encode())
    return digest.hexdigest()


def tag_of(digest: str) -> str:
    """The name of the image of that digest."""
    return f"{IMAGE_NAME}:{digest[:24]}"


def build_image(build: Build, tag: str, inputs: BuildInputs, command: BuildCommand, progress: Progress) -> None:
    """Build the image and tag it.

    Raises:
        CannotRunError: it failed; `log` has the end of what the build printed. Nothing is tagged then.
    """
    _refuse_without_buildkit(build, inputs, command)
    with tempfile.TemporaryDirectory(prefix="devkit-build-") as name:
        folder = Path(name)
        context, dockerfile = _lay_out(build, inputs, folder)
        arguments = [command.path, "build", "--tag", tag, "--file", str(dockerfile)]
        arguments += [part for proxy in inputs.proxies for part in ("--build-arg", proxy)]
        if command.buildkit:
            arguments += ["--progress=plain", *_secret_flags(inputs.secrets, folder)]
        arguments += ["--load"] if command.buildx else []
        environment = {**os.environ, "DOCKER_BUILDKIT": "1" if command.buildkit else "0"}
        code, log = _run([*arguments, str(context)], environment, progress)
    if code:
        raise CannotRunError(f"The image could not be built: {_reason(log)}", code=_CODE, log="\n".join(log))


def _ask(path: str) -> BuildCommand:
    version = _output([path, "version", "--format", "{{.Client.Version}}"])
    if _output([path, "buildx", "version"]) is not None:
        return BuildCommand(path, buildkit=True, buildx=True)
    major = (version or "0").split(".")[0]
    return BuildCommand(path, buildkit=version is not None and major.isdigit() and int(major) < _FIRST_WITH_BUILDX)


def _output(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=True)  # noqa: S603  docker, of the user's PATH
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _refuse_without_buildkit(build: Build, inputs: BuildInputs, command: BuildCommand) -> None:
    if command.buildkit:
        return
    needed = sorted(inputs.secrets) if build.context is None else []
    if build.context is not None and "type=secret" in _dockerfile_text(build):
        needed = ["those that its Dockerfile mounts"]
    if needed:
        raise CannotRunError(
            f"The image's build needs secrets ({', '.join(needed)}), and {command.path} has no BuildKit, without which "
            "they would stay in the image. Install its buildx plug-in (Debian: docker-buildx, or an older docker.io).",
            code=_CODE,
        )


def _dockerfile_text(build: Build) -> str:
    assert build.context is not None  # noqa: S101  asked for by the caller
    path = build.context / build.dockerfile
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CannotRunError(f"The Dockerfile {path} cannot be read: {error.strerror}.", code=_CODE) from None


def _lay_out(build: Build, inputs: BuildInputs, folder: Path) -> tuple[Path, Path]:
    """The context and the Dockerfile, and the secrets beside them as files for their owner alone."""
    if build.context is not None:
        _dockerfile_text(build)
        return build.context, build.context / build.dockerfile
    context = folder / "context"
    context.mkdir()
    for name, text in build.files.items():
        (context / name).write_text(text, encoding="utf-8")
    dockerfile = context / build.dockerfile
    text = with_secrets(build.files[build.dockerfile], sorted(inputs.secrets), inputs.variables)
    dockerfile.write_text(text, encoding="utf-8")
    return context, dockerfile


def _secret_flags(secrets: Mapping[str, bytes], folder: Path) -> Iterator[str]:
    for number, (name, content) in enumerate(sorted(secrets.items())):
        path = folder / f"secret-{number}"
        path.touch(mode=0o600)
        path.write_bytes(content)
        yield from ("--secret", f"id={name},src={path}")


def _run(command: list[str], environment: Mapping[str, str], progress: Progress) -> tuple[int, deque[str]]:
    log: deque[str] = deque(maxlen=_LOG_LINES)
    with subprocess.Popen(  # noqa: S603  docker, of the user's PATH
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            for line in process.stdout or ():
                log.append(line.rstrip())
                progress(log[-1])
        except BaseException:
            with contextlib.suppress(OSError):
                process.kill()
            raise
    return process.returncode, log


def _reason(log: deque[str]) -> str:
    """The line that says most, as BuildKit and pip write them."""
    lines = [line.strip() for line in log if line.strip()]
    told = [line for line in lines if "error" in line.lower() and "executor failed" not in line]
    return (told or lines or ["docker build said nothing."])[-1]
