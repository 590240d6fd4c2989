"""What a promotion asks of an engine on another host in small: its GPU, files into and out of a container."""

from __future__ import annotations

import io
import tarfile
import tempfile
from typing import IO, TYPE_CHECKING, Any, Final

from devkit.promote.targets.docker_connection import NO_GPU

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from docker import DockerClient

__all__ = ["archive_of", "archive_of_files", "file_in", "gpu_refusal", "remove", "remove_unused"]

_NO_COMMAND: Final = ("no such file or directory", "executable file not found")
_IN_USE: Final = (403, 409)
"""What engines answer of a network, and of a volume, that a container has."""
_SPOOL: Final = 8 << 20


def gpu_refusal(client: DockerClient) -> str | None:
    """Why the host gives no GPU to a container, in the engine's words; None where it does.

    An empty image is started with a device request: without a GPU the engine refuses the request, with one it gets as
    far as to miss the command. Image and container are removed again.
    """
    from docker.errors import APIError
    from docker.types import DeviceRequest

    image = client.api.import_image_from_data(_empty_archive(), repository="endpoint-devkit-gpu", tag="preflight")
    del image
    requests = [DeviceRequest(count=-1, capabilities=[["gpu"]])]
    created = client.containers.create("endpoint-devkit-gpu:preflight", ["/none"], device_requests=requests)
    try:
        created.start()
    except APIError as error:
        told = str(error.explanation or error)
        return None if any(each in told for each in _NO_COMMAND) and not _is_gpu(told) else told
    finally:
        remove(created)
        client.images.remove("endpoint-devkit-gpu:preflight", force=True)
    return None


def _is_gpu(told: str) -> bool:
    return any(each in told for each in (*NO_GPU, "nvidia-container"))


def _empty_archive() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(_folder("dev", 0))
    return file.getvalue()


def remove(thing: Any) -> None:
    """Remove a container, with what it leaves; one that is gone is no error."""
    from docker.errors import NotFound

    try:
        thing.remove(force=True, v=True)
    except NotFound:
        return


def remove_unused(thing: Any) -> bool:
    """Remove a volume or a network; False where somebody else uses it, so that it stays."""
    from docker.errors import APIError, NotFound

    try:
        thing.remove()
    except NotFound:
        return True
    except APIError as error:
        if error.status_code not in _IN_USE:
            raise
        return False
    return True


def archive_of(files: Mapping[str, Path], folder: str) -> IO[bytes]:
    """Files of this machine as a tar below `folder`, root's and readable by everybody; close it after use."""
    spooled = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115  the caller closes it
    with tarfile.open(fileobj=spooled, mode="w") as archive:
        seen: set[str] = set()
        for name, path in sorted(files.items()):
            _add_parents(archive, f"{folder.strip('/')}/{name}", seen)
            with path.open("rb") as file:
                entry = archive.gettarinfo(arcname=f"{folder.strip('/')}/{name}", fileobj=file)
                entry.uid, entry.gid, entry.uname, entry.gname = 0, 0, "", ""
                entry.mode = 0o755 if entry.mode & 0o111 else 0o644
                archive.addfile(entry, file)
    spooled.seek(0)
    return spooled


def _add_parents(archive: tarfile.TarFile, name: str, seen: set[str]) -> None:
    parts = name.split("/")[:-1]
    for depth in range(2, len(parts) + 1):  # the first is there: the volume's mount
        parent = "/".join(parts[:depth])
        if parent not in seen:
            seen.add(parent)
            archive.addfile(_folder(parent, 0))


def archive_of_files(texts: Mapping[str, str], folder: str, *, owner: int = 0, mode: int = 0o644) -> bytes:
    """Small files as a tar below `folder`, which is its first entry where somebody else than root owns it."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        if owner:
            archive.addfile(_folder(folder.strip("/"), owner))
        for name, text in texts.items():
            content = text.encode()
            entry = tarfile.TarInfo(f"{folder.strip('/')}/{name}".lstrip("/"))
            entry.size, entry.mode, entry.uid, entry.gid = len(content), mode, owner, owner
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def _folder(name: str, owner: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, 0o755 if not owner else 0o700, owner, owner
    return entry


def file_in(container: Any, path: str) -> bytes | None:
    """The content of a file of a container, running or not; None where there is no such file."""
    from docker.errors import NotFound

    try:
        stream, _ = container.get_archive(path)
    except NotFound:
        return None
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        member = archive.next()
        found = archive.extractfile(member) if member is not None else None
        return None if found is None else found.read()
