"""The validated image with code and model in it, for a backend that mounts nothing of this machine.

They lie at the places where they are mounted otherwise. The name is made of what goes in, so that it is known before
the build, and the same is never built twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from devkit.assets.listing import files_of
from devkit.promote.gateway_image import base_name
from devkit.runtime.build_inputs import build_inputs
from devkit.runtime.container import RUNIT, Build, ContainerPlan, started_as_in_azure
from devkit.runtime.container_options import own_command
from devkit.runtime.docker_engine import explained
from devkit.runtime.image_build import build_image, find_build_command
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker import DockerClient

    from devkit.runtime.protocol import Progress

__all__ = ["Content", "content_image", "content_tag", "is_built_on"]

_ESCAPE: Final = "\\"
_LOCAL: Final = "endpoint-devkit-content"


@dataclass(frozen=True)
class Content:
    """Code or model."""

    source: Path
    """A file or a folder on this machine."""
    target: str
    """Where it is to lie in the image."""
    digest: str
    """Of its bytes."""


def content_tag(base: str, contents: Sequence[Content]) -> str:
    """A tag for the image, by all that it is made of.

    Args:
        base: what stands for the validated image: its id.
        contents: what goes in.
    """
    told = [base, *([each.target, each.digest] for each in contents)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]


def content_image(
    client: DockerClient, base: str, contents: Sequence[Content], container: ContainerPlan, progress: Progress
) -> str:
    """The id of the image on the engine; built unless the same was built before.

    Args:
        client: the engine that builds.
        base: the id of the validated image, which it has.
        contents: what goes in.
        container: what is to be started: an image whose own command is a shell gets the one that Azure gives it.
        progress: takes the build's lines.

    Raises:
        CannotRunError: the build failed.
        OSError: the content cannot be read, or the disk is full.
    """
    from docker.errors import ImageNotFound

    tag = f"{_LOCAL}:{content_tag(base, contents)}"
    with explained(f"The image {tag} could not be looked up"):
        validated = client.images.get(base)
        try:
            made = client.images.get(tag)
        except ImageNotFound:
            _build(base_name(client, validated), _command(validated, container), contents, tag, progress)
            made = client.images.get(tag)
    if not is_built_on(made.attrs, validated.attrs):
        raise CannotRunError(f"The image {tag} is not built on {base} any more. Remove it: docker rmi {tag}")
    return str(made.id)


def is_built_on(image: dict[str, Any], base: dict[str, Any]) -> bool:
    """Whether an image begins with every layer of another one; both as the engine describes them."""
    layers, first = (each["RootFS"].get("Layers") or [] for each in (image, base))
    return bool(first) and layers[: len(first)] == first


def _command(validated: Any, container: ContainerPlan) -> tuple[str, ...] | None:
    started = started_as_in_azure(container, own_command(validated.attrs))
    return RUNIT if started.command == RUNIT != container.command else None


def _build(
    base: str, command: tuple[str, ...] | None, contents: Sequence[Content], tag: str, progress: Progress
) -> None:
    source = contents[0].source.parent if contents else None  # beside it, so that files can be linked
    with tempfile.TemporaryDirectory(prefix=".draft-image-", dir=source) as name:
        context = Path(name)
        lines = [f"FROM {base}", *(_copied(number, each, context) for number, each in enumerate(contents))]
        if command is not None:
            lines.append(f"CMD {json.dumps(command)}")
        (context / "Dockerfile").write_text("\n".join(lines) + "\n", encoding="utf-8")
        build_image(Build(context=context), tag, build_inputs(os.environ), find_build_command(), progress)


def _copied(number: int, content: Content, context: Path) -> str:
    """Lay the content out in the build context; the line of the Dockerfile that copies it. Root's, as when mounted."""
    folder = context / str(number)
    folder.mkdir()
    for name, path in files_of(content.source).items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        _link_or_copy(path, place)
    if content.source.is_dir():
        return _copy(f"{number}/", f"{content.target}/")
    return _copy(f"{number}/{content.source.name}", content.target)


def _copy(*paths: str) -> str:
    """The line, its paths taken as they are: ``$NAME`` would be replaced."""
    return f"COPY {json.dumps([each.replace(_ESCAPE, _ESCAPE * 2).replace('$', f'{_ESCAPE}$') for each in paths])}"


def _link_or_copy(source: Path, target: Path) -> None:
    """Models are large, and only read here."""
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
