"""Brings images, code and model to a Docker host; what is there already stays where it is."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, Final

from devkit.assets.listing import files_of
from devkit.promote.targets.base import TargetError
from devkit.promote.targets.docker_connection import explained, refused
from devkit.promote.targets.docker_layout import LABEL
from devkit.promote.targets.docker_remote import archive_of, remove, remove_unused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from docker import DockerClient

    from devkit.promote.targets.docker_layout import Content, Names
    from devkit.runtime.protocol import Progress

__all__ = ["ship_content", "ship_image"]

_CHUNK: Final = 2 << 20
_MIB: Final = 1 << 20
_UNREACHABLE: Final = re.compile(
    r"connection refused|no such host|i/o timeout|no route to host|dial tcp|x509|TLS|EOF", re.IGNORECASE
)
_DENIED: Final = re.compile(r"unauthorized|authentication required|denied|no basic auth", re.IGNORECASE)
_UNKNOWN: Final = re.compile(r"manifest unknown|not found|name unknown", re.IGNORECASE)


def ship_image(local: DockerClient, remote: DockerClient, image_id: str, registry: str | None, tell: Progress) -> None:
    """Have the image of that id on the remote engine.

    Without a registry the whole image is streamed from engine to engine; no file is written here.

    Raises:
        TargetError: the host or the registry does not take it, or another image arrived than was sent.
    """
    from docker.errors import ImageNotFound

    try:
        remote.images.get(image_id)
    except ImageNotFound:
        pass
    else:
        tell(f"The host has the image {image_id[:19]}.")
        return
    image = local.images.get(image_id)
    if registry is None:
        tell(f"Streaming the image {image_id[:19]} ({int(image.attrs['Size']) // _MIB} MiB) to the host.")
        _streamed(image, remote)
    else:
        _through(registry, image, remote, tell)
    _hold(remote, image_id)


def _streamed(image: Any, remote: DockerClient) -> None:
    told = _complaint(lambda: remote.api.load_image(image.save(chunk_size=_CHUNK)))  # type: ignore[no-untyped-call]  # the stubs leave it out
    if told is not None:
        raise TargetError(f"The host could not take the image: {explained(told)}")


def _through(registry: str, image: Any, remote: DockerClient, tell: Progress) -> None:
    tag = str(image.id).partition(":")[2][:24]
    image.tag(registry, tag)
    tell(f"Pushing {registry}:{tag}.")
    told = _complaint(lambda: image.client.images.push(registry, tag, stream=True, decode=True))
    if told is not None:
        raise TargetError(f"The image could not be pushed to {registry}: {_of_registry(told, 'this machine')}")
    tell(f"The host pulls {registry}:{tag}.")
    told = _complaint(lambda: remote.api.pull(registry, tag, stream=True, decode=True))
    if told is not None:
        raise TargetError(f"The host could not pull {registry}:{tag}: {_of_registry(told, 'the host')}")


def _complaint(ask: Callable[[], Iterable[Any]]) -> str | None:
    """Follow what an engine tells to its end: only then it has done its work, and an error is one of its lines."""
    from docker.errors import APIError

    try:
        return next((str(line["error"]) for line in ask() if "error" in line), None)
    except APIError as error:  # it was refused before anything was told
        return str(error.explanation or error)


def _of_registry(told: str, who: str) -> str:
    if _UNREACHABLE.search(told):
        return f"{who} does not reach the registry ({told}). Name one that both reach, or leave `registry` out."
    if _DENIED.search(told):
        return f"the registry refuses ({told}). Log in on this machine with `docker login`: it counts for both."
    if _UNKNOWN.search(told):
        return f"the registry that {who} reaches under this name does not have the image ({told})."
    return explained(told)


def _hold(remote: DockerClient, image_id: str) -> None:
    """See that it arrived, and name it: an image without a name goes at the next `docker image prune`."""
    from docker.errors import ImageNotFound

    try:
        image = remote.images.get(image_id)
    except ImageNotFound:
        raise TargetError(
            f"The host has no image {image_id} after it was shipped: its engine gives it another id, so that the "
            "receipt proves nothing there. Use an engine with the same kind of image store."
        ) from None
    image.tag("endpoint-devkit", image_id.partition(":")[2][:24])


def ship_content(remote: DockerClient, content: Content, image_id: str, names: Names, tell: Progress) -> None:
    """Have the volume on the remote engine, whole.

    A container that never starts carries the files there; a second, empty volume then says that all have arrived.
    """
    found = {str(each.name) for each in remote.volumes.list(filters={"name": content.volume})}
    if {content.volume, content.mark} <= found:
        tell(f"The host has {content.volume}.")
        return
    _remove_carriers(remote, names)
    if content.mark in found:
        remote.volumes.get(content.mark).remove()
    tell(f"Copying {content.source.name} to {content.volume}.")
    labels = names.labels("content")
    volume = remote.volumes.create(content.volume, labels=labels)
    try:
        _fill(remote, content, image_id, names)
    except BaseException:
        with contextlib.suppress(TargetError), refused(""):  # what was refused first is what counts
            remove_unused(volume)
        raise
    remote.volumes.create(content.mark, labels=labels)


def _fill(remote: DockerClient, content: Content, image_id: str, names: Names) -> None:
    from docker.types import Mount

    carrier = remote.containers.create(
        image_id,
        ["none"],
        mounts=[Mount("/content", content.volume, no_copy=True)],
        labels=names.labels("carrier"),
        network_mode="none",
    )
    try:
        with archive_of(files_of(content.source), "/content") as archive:
            carrier.put_archive("/", archive)
    except BaseException:
        with contextlib.suppress(TargetError), refused(""):
            remove(carrier)
        raise
    remove(carrier)


def _remove_carriers(remote: DockerClient, names: Names) -> None:
    """Those that a killed promoter has left."""
    labels = [f"{LABEL.promotion}={names.promotion}", f"{LABEL.role}=carrier"]
    for each in remote.containers.list(all=True, filters={"label": labels}, ignore_removed=True):
        remove(each)
