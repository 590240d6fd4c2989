"""An image of the gateway, made of the install that runs this and of a base image that has a Python.

The packages lie in a folder of their own, on the path of the gateway alone: nothing of the base is replaced.
They are copied from this install where the base has the same Python on the same platform; otherwise an installer
fetches them.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from packaging.requirements import Requirement

from devkit.runtime.build_inputs import build_inputs
from devkit.runtime.container import PYTHON_PROBE, Build
from devkit.runtime.docker_engine import explained
from devkit.runtime.image_build import build_digest, build_image, find_build_command
from devkit.runtime.injection import dependencies_for
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker import DockerClient

    from devkit.runtime.protocol import Progress

__all__ = ["GATEWAY_FOLDER", "GATEWAY_UID", "base_name", "gateway_image", "gateway_tag", "python_of"]

GATEWAY_FOLDER: Final = "/var/lib/devkit-gateway"
"""Where the gateway of an image reads its configuration; to be a volume, owned by `GATEWAY_UID`."""
GATEWAY_UID: Final = 1000

_NEEDED: Final = frozenset({"aiohttp", "psutil", "pydantic"})
_PACKAGES: Final = ("disk", "gateway", "golden")
_NO_SHELL: Final = ("no such file or directory", "executable file not found")
_FIND_PYTHON: Final = PYTHON_PROBE.partition("exec ")[0]
_SCRIPT: Final = f'#!/bin/sh\n{_FIND_PYTHON}PYTHONPATH=/opt/devkit exec "$python" "$@"; done; exit 127\n'
"""Runs the image's Python, chosen as its server does, with the packages."""
_DOCKERFILE: Final = f"""\
USER 0:0
COPY packages /opt/devkit
COPY gateway.sh /opt/devkit-gateway.sh
RUN chmod -R a+rX /opt/devkit /opt/devkit-gateway.sh \\
 && {{ /bin/sh /opt/devkit-gateway.sh -m compileall -q /opt/devkit || true; }}
USER {GATEWAY_UID}:{GATEWAY_UID}
WORKDIR /
ENTRYPOINT ["/bin/sh", "/opt/devkit-gateway.sh"]
CMD ["-m", "devkit.gateway", "{GATEWAY_FOLDER}"]
"""


def python_of(client: DockerClient, image: str, labels: Mapping[str, str] | None = None) -> str | None:
    """The version of the Python of an image, such as "3.11"; None where it has none from 3.10 on.

    Args:
        client: the engine that has the image.
        image: its id or name.
        labels: of the container that looks, for who clears up after a kill.
    """
    from docker.errors import APIError

    with explained("The image's Python could not be asked for its version"):
        asked = client.containers.create(image, entrypoint=["/bin/sh", "-c", PYTHON_PROBE], labels=dict(labels or {}))
        try:
            asked.start()
            found = asked.wait()["StatusCode"] == 0
            return asked.logs(stderr=False).decode().strip() if found else None
        except APIError as error:
            if any(each in str(error) for each in _NO_SHELL):
                return None
            raise
        finally:
            asked.remove(force=True)


def gateway_image(client: DockerClient, base: str, progress: Progress) -> str:
    """The id of the gateway's image on the engine; built unless the same was built before.

    Args:
        client: the engine that builds.
        base: the id or name of an image there, with Python 3.10 or later.
        progress: takes the build's lines.

    Raises:
        CannotRunError: the base has no such Python, or the build failed.
    """
    with explained(f"The image {base} could not be looked up"):
        image = client.images.get(base)
    python = python_of(client, str(image.id))
    if python is None:
        raise CannotRunError(f"The image {base} has no Python 3.10 or later for the gateway.", code="BadArgument")
    platform = f"linux/{image.attrs.get('Architecture', 'amd64')}"
    packages = dependencies_for(_requirements(), python, platform, progress)
    with tempfile.TemporaryDirectory(prefix="devkit-gateway-") as name:
        context = _lay_out(Path(name), base_name(client, image), packages)
        return _built(client, context, str(image.id), progress)


def gateway_tag(base: str) -> str:
    """A tag for the gateway's image, by the kit's part of it and what it is built on; known before it is built.

    Args:
        base: the id or name of the image that it is built on.
    """
    ours, digest = (
        Path(__file__).parents[1],
        hashlib.sha256(repr((base, _DOCKERFILE, _SCRIPT, _requirements())).encode()),
    )
    for path in sorted(each for name in _PACKAGES for each in (ours / name).rglob("*.py")):
        digest.update(f"{path.relative_to(ours).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:24]


def _requirements() -> list[str]:
    """What the gateway imports, as this install declares it."""
    declared = [Requirement(each) for each in importlib.metadata.requires("endpoint-devkit") or ()]
    return sorted(f"{each.name}{each.specifier}" for each in declared if each.name in _NEEDED)


def base_name(client: DockerClient, image: Any) -> str:
    """A name of the image, which BuildKit wants: an id alone it would look for in a registry."""
    name = f"endpoint-devkit-base:{str(image.id).partition(':')[2][:24]}"
    client.images.get(image.id).tag(*name.split(":"))
    return name


def _lay_out(context: Path, base: str, packages: Path) -> Path:
    target = context / "packages"
    shutil.copytree(packages, target, ignore=shutil.ignore_patterns(".complete", "__pycache__"))
    ours = Path(__file__).parents[1]
    for name in _PACKAGES:
        shutil.copytree(ours / name, target / "devkit" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ours / "__init__.py", target / "devkit" / "__init__.py")
    (context / "gateway.sh").write_text(_SCRIPT)
    (context / "Dockerfile").write_text(f"FROM {base}\n{_DOCKERFILE}")
    return context


def _built(client: DockerClient, context: Path, base_id: str, progress: Progress) -> str:
    from docker.errors import ImageNotFound

    build = Build(context=context)
    tag = f"endpoint-devkit-gateway:{build_digest(build, base_id)[:24]}"
    with explained(f"The image {tag} could not be looked up"):
        try:
            return str(client.images.get(tag).id)
        except ImageNotFound:
            pass
        progress("Building the gateway's image, once for each base and version of devkit.")
        build_image(build, tag, build_inputs(os.environ), find_build_command(), lambda _: None)  # a failure has its log
        return str(client.images.get(tag).id)
