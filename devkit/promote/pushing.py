"""Images to a registry, by the local engine and its logins; named by what the registry keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.promote.targets.base import TargetError
from devkit.runtime.docker_engine import explained

if TYPE_CHECKING:
    from docker import DockerClient

    from devkit.runtime.protocol import Progress

__all__ = ["push", "pushed_name"]


def push(client: DockerClient, image_id: str, repository: str, tag: str, progress: Progress) -> str:
    """Push an image, and name it by its digest there: ``REPOSITORY@sha256:…``. Layers that are there are not sent.

    Raises:
        CannotRunError: the engine does not answer.
        TargetError: the registry does not take it, with its reason.
    """
    progress(f"pushing {repository}:{tag}")
    digest = None
    with explained(f"The image could not be pushed to {repository}"):
        client.images.get(image_id).tag(repository, tag)
        for line in client.images.push(repository, tag, stream=True, decode=True):
            if "error" in line:
                raise TargetError(
                    f"The image could not be pushed to {repository}:{tag}: {line['error']}. Is it the registry's name, "
                    "and are you logged in there (`docker login`)?",
                    code="PushFailed",
                )
            digest = (line.get("aux") or {}).get("Digest") or digest
        name = f"{repository}@{digest}" if digest else pushed_name(client, image_id, repository)
    if name is None:
        raise TargetError(f"The registry took {repository}:{tag}, and the engine did not tell its digest.")
    return name


def pushed_name(client: DockerClient, image_id: str, repository: str) -> str | None:
    """What an image was pushed to a repository as, or pulled from it as; None where the engine knows of neither."""
    known = client.images.get(image_id).attrs.get("RepoDigests") or ()
    return next((str(each) for each in known if each.partition("@")[0] == repository), None)
