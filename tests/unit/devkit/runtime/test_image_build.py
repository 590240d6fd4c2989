"""How images are built: with which docker command, cached by what, and what is refused."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.runtime.build_inputs import BuildInputs
from devkit.runtime.container import Build
from devkit.runtime.dockerfile import conda_dockerfile
from devkit.runtime.image_build import BuildCommand, build_digest, build_image, find_build_command, tag_of
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from pathlib import Path

CONDA = Build("base", {"Dockerfile": conda_dockerfile("base"), "conda.yml": "dependencies: []\n"})
needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for docker is a shell script")


def docker(folder: Path, *, version: str, buildx: bool = False, build: str = "exit 0") -> str:
    """A docker command in that folder."""
    folder.mkdir(exist_ok=True)
    path = folder / "docker"
    path.write_text(
        "#!/bin/sh\ncase $1 in\n"
        f"version) echo {version};;\nbuildx) exit {0 if buildx else 1};;\nbuild) {build};;\nesac\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return str(folder)


@needs_sh
def test_the_command_with_buildkit_is_found_behind_one_without(tmp_path: Path) -> None:
    """A newer docker without its plug-in comes first on the PATH, and an older one builds."""
    new = docker(tmp_path / "new", version="28.2.2")
    old = docker(tmp_path / "old", version="20.10.24+dfsg1")
    plugged = docker(tmp_path / "plugged", version="29.0.0", buildx=True)
    found = find_build_command(os.pathsep.join([new, old, plugged]))
    assert found == BuildCommand(f"{old}/docker", buildkit=True, buildx=False)
    assert find_build_command(new) == BuildCommand(f"{new}/docker", buildkit=False)
    assert find_build_command(plugged).buildx


def test_without_a_docker_command_it_says_what_to_install(tmp_path: Path) -> None:
    """Only builds need the command."""
    with pytest.raises(CannotRunError, match="no docker command on the PATH"):
        find_build_command(str(tmp_path))


def test_a_build_that_needs_a_secret_is_refused_without_buildkit(tmp_path: Path) -> None:
    """The old builder would leave it in the image; of a user's Dockerfile, what it mounts counts."""
    without = BuildCommand("/nowhere/docker", buildkit=False)
    with pytest.raises(CannotRunError, match=r"needs secrets \(TOKEN\).*no BuildKit") as refusal:
        build_image(CONDA, "t", BuildInputs(secrets={"TOKEN": b"x"}), without, print)
    assert refusal.value.code == "ImageBuildFailure"
    (tmp_path / "Dockerfile").write_text("FROM x\nRUN --mount=type=secret,id=a cat /run/secrets/a\n", encoding="utf-8")
    with pytest.raises(CannotRunError, match="those that its Dockerfile mounts"):
        build_image(Build(context=tmp_path), "t", BuildInputs(), without, print)


@needs_sh
def test_the_log_is_streamed_and_its_end_kept(tmp_path: Path) -> None:
    """Each line is told as it comes; the error names the line that says most."""
    folder = docker(tmp_path, version="20.10.24", build="echo 'step 1'; echo 'ERROR: no such package' >&2; exit 1")
    told: list[str] = []
    with pytest.raises(CannotRunError, match="could not be built: ERROR: no such package") as failure:
        build_image(CONDA, "t", BuildInputs(), find_build_command(folder), told.append)
    assert told == ["step 1", "ERROR: no such package"]
    assert failure.value.log == "step 1\nERROR: no such package"


@needs_sh
def test_secrets_are_handed_over_as_files_that_are_gone_afterwards(tmp_path: Path) -> None:
    """No value is an argument; the file is its owner's alone while the build runs."""
    show = "for word; do case $word in id=*) path=${word#*src=}; ls -l $path; cat $path; echo; echo $path;; esac; done"
    folder = docker(tmp_path, version="20.10.24", build=show)
    told: list[str] = []
    build_image(CONDA, "t", BuildInputs(secrets={"TOKEN": b"hidden"}), find_build_command(folder), told.append)
    mode, content, path = told
    assert (mode.split()[0], content) == ("-rw-------", "hidden")
    assert not os.path.exists(path)  # noqa: PTH110  a string that the command printed


def test_the_digest_is_of_everything_that_goes_in(tmp_path: Path) -> None:
    """Another base image, conda file, file or mode is another image; the same is the same."""
    (tmp_path / "Dockerfile").write_text("FROM x\n", encoding="utf-8")
    context = Build(context=tmp_path)
    first = build_digest(context, None)
    assert build_digest(context, None) == first
    assert tag_of(first).startswith("endpoint-devkit:")
    (tmp_path / "more.py").write_text("", encoding="utf-8")
    assert build_digest(context, None) != first
    assert build_digest(CONDA, "sha256:a") != build_digest(CONDA, "sha256:b")
    other = Build("base", {**CONDA.files, "conda.yml": "dependencies: [numpy]\n"})
    assert build_digest(other, "sha256:a") != build_digest(CONDA, "sha256:a")
