"""What the output of an engine or of the dev container CLI says went wrong, in one sentence with a remedy. Pure."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["explain"]


class _Failure(NamedTuple):
    """What an output shows, and what to say then; `what` is the first group that matched."""

    pattern: str
    text: str


_KNOWN: Final = (
    _Failure(
        r"Cannot connect to the Docker daemon|error during connect|Command failed: \S+ ps -q",
        "The Docker engine does not answer. Start it (Docker Desktop, or: sudo systemctl start docker) and try again.",
    ),
    _Failure(
        r"Command failed: \S+ pull (\S+?)'?$|pull access denied for ([^,\s]+)|manifest for (\S+) not found"
        r"|manifest unknown|invalid reference format"
        r"|failed to resolve (?:source metadata|reference) (?:for )?\"?([^\s\":]+)|No such image: (\S+)",
        "The image {what} cannot be had: there is none of that name, its registry is out of reach, or you are not "
        "logged in to it. Check the environment of the deployment, and try: docker pull {what}",
    ),
    _Failure(
        r"No matching distribution found for (\S+)|Could not find a version that satisfies the requirement (\S+)"
        r"|ResolvePackageNotFound|PackagesNotFoundError|UnsatisfiableError",
        "The conda file does not resolve: {what} is not to be had in that version. Mend the deployment's conda_file; "
        "the build in Azure would fail too.",
    ),
    _Failure(
        r"conda: (?:command )?not found|\"conda\": executable file not found",
        "The image has no Conda, so it cannot take a conda file. Use one of Azure's images, or build one of your own.",
    ),
    _Failure(
        r"python3?\"?: (?:command )?not found|\"[^\"]*python[^\"]*\": (?:executable file not found|stat)",
        "The image has no Python that the server could run under. Use an image with Python 3.10 or later.",
    ),
    _Failure(
        r"bind source path does not exist: (.+?)\.?$",
        "{what} is not there, so it cannot be mounted. Run: devkit devcontainer",
    ),
    _Failure(
        r"[Bb]ind for ([\d.:]+) failed: port is already allocated"
        r"|listen tcp\d? ([\d.:]+): bind: address already in use",
        "The port {what} is taken on this machine. Stop what has it, or change appPort in devcontainer.json.",
    ),
    _Failure(
        r"could not select device driver",
        "The engine has no NVIDIA runtime, so it cannot give the container a GPU. Install the NVIDIA Container "
        "Toolkit, or take the GPU out of devcontainer.json.",
    ),
    _Failure(
        r"unable to find user ([^:\s]+)",
        "The image has no user {what}. Set remoteUser in devcontainer.json to one that it has.",
    ),
    _Failure(
        r"exec format error",
        "The image is for another processor, and this machine cannot emulate it. Install QEMU's binfmt handlers.",
    ),
)


def explain(output: str) -> str | None:
    """The cause of a failure and what to do; None where the output shows none that is known."""
    for failure in _KNOWN:
        found = re.search(failure.pattern, output, re.MULTILINE)
        if found:
            return failure.text.format(what=next(filter(None, found.groups()), "it"))
    return None
