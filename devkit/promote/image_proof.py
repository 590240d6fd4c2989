"""Whether an image that somebody else built and pushed is what was validated: its layers, and the files in it."""

from __future__ import annotations

import hashlib
import tarfile
from typing import IO, TYPE_CHECKING, Any, Final, cast

from devkit.assets.content import file_digests
from devkit.promote.content_image import is_built_on
from devkit.promote.pushing import pushed_name
from devkit.promote.targets.base import TargetError
from devkit.runtime.docker_engine import explained, image_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docker import DockerClient

    from devkit.promote.content_image import Content
    from devkit.runtime.protocol import Progress

__all__ = ["proved_image"]

_CHUNK: Final = 1 << 20
_SHOWN: Final = 3


def proved_image(
    client: DockerClient, name: str, validated: str | None, contents: Sequence[Content], progress: Progress
) -> str:
    """The image's name by digest, after it was looked into.

    Args:
        client: the engine that has the validated image; the other is pulled unless it has it, too.
        name: by digest or by tag.
        validated: the id of the image that the receipt names; None where nothing was validated.
        contents: what has to lie in it.
        progress: told what is pulled.

    Raises:
        CannotRunError: it is not to be had, or the engine does not answer.
        TargetError: it is another image, holds other files, or was never pushed.
    """
    image = image_of(client, name, progress)
    with explained(f"The image {name} could not be looked into"):
        if validated is not None:
            _refuse_another_image(client, image, name, validated)
        _refuse_other_files(client, image, name, contents)
        return _by_digest(client, name, str(image.id))


def _refuse_another_image(client: DockerClient, image: Any, name: str, validated: str) -> None:
    from docker.errors import ImageNotFound

    try:
        base = client.images.get(validated)
    except ImageNotFound:
        raise TargetError(
            f"The validated image {validated} is not on this machine any more, so that {name} cannot be compared "
            "with it. Validate again: devkit validate --run --runtime docker."
        ) from None
    if image.id != base.id and not is_built_on(image.attrs, base.attrs):
        raise TargetError(
            f"{name} is the image {image.id}, which is neither the validated one ({validated}) nor built on it. "
            "Build it FROM that one, or leave `image` out and name a registry: the kit builds and pushes it then.",
            code="AnotherImage",
        )


def _refuse_other_files(client: DockerClient, image: Any, name: str, contents: Sequence[Content]) -> None:
    container = client.containers.create(image.id, ["none"])  # never started
    try:
        for each in contents:
            held = dict(_files_in(container, each.target))
            wanted = file_digests(each.source)
            wrong = [path for path, digest in wanted.items() if held.get(path) != digest]
            if wrong:
                more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
                raise TargetError(
                    f"{name} does not hold what was validated: {', '.join(wrong[:_SHOWN])}{more} at {each.target} "
                    "differs or is missing. Build it again, or leave `image` out and name a registry.",
                    code="AnotherContent",
                )
    finally:
        container.remove(force=True, v=True)


def _files_in(container: Any, path: str) -> Iterator[tuple[str, str]]:
    """The digest of each file below a path of a container, by its relative path; of a file alone by its name."""
    from docker.errors import NotFound

    try:
        stream, _ = container.get_archive(path)
    except NotFound:
        return
    with tarfile.open(fileobj=cast("IO[bytes]", _Stream(stream)), mode="r|") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                first, _, rest = member.name.partition("/")
                yield rest or first, _hash(file)


def _hash(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


class _Stream:
    """What an engine sends piece by piece, as a file: a model need not fit into memory."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        while len(self._left) < size and (piece := next(self._pieces, b"")):
            self._left += piece
        given, self._left = self._left[:size], self._left[size:]
        return given


def _by_digest(client: DockerClient, name: str, image_id: str) -> str:
    if "@" in name:
        return name
    from docker.utils import parse_repository_tag

    found = pushed_name(client, image_id, parse_repository_tag(name)[0])
    if found is None:
        raise TargetError(f"{name} was not pushed from this machine as it is now: docker push {name}", code="NotPushed")
    return found
