"""Builds the image that the Docker tests run on: the layout of Azure's inference images, without any registry.

    python -m tests.docker.base_image

debootstrap makes Debian's files once; they are kept as an archive in the user's cache folder, so that another run takes
seconds. `base/Dockerfile` puts the rest on top.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from devkit.runtime.build_inputs import build_inputs
from devkit.runtime.container import Build
from devkit.runtime.docker_engine import connect
from devkit.runtime.image_build import build_digest, build_image, find_build_command

__all__ = ["IMAGE", "ensure_base_image"]

IMAGE = "devkit-test/inference:latest"

_ROOT_FILES = "devkit-test/rootfs:bookworm"
_CONTEXT = Path(__file__).with_name("base")
_PACKAGES = "ca-certificates,nginx-light,python3,python3-venv,runit"
_UNNEEDED = ["./var/cache/apt/*", "./var/lib/apt/lists/*", "./usr/share/doc/*", "./usr/share/man/*"]
_UNNEEDED += ["./usr/share/locale/*", "./etc/apt/sources.list", "./dev/*"]
_LABEL = "devkit-test.digest"


def ensure_base_image() -> str:
    """The image's name, after making the image if it is not there or not of this content."""
    client = connect()
    if not client.images.list(name=_ROOT_FILES):
        client.api.import_image_from_file(str(_root_files()), *_ROOT_FILES.split(":"))
    root = client.images.get(_ROOT_FILES)
    build = Build(context=_CONTEXT)
    digest = build_digest(build, str(root.id))[:24]
    made = f"devkit-test/inference:{digest}"
    if not client.images.list(name=made):
        build_image(build, made, build_inputs(os.environ), find_build_command(), _tell)
    client.images.get(made).tag("devkit-test/inference", "latest")
    return IMAGE


def _root_files() -> Path:
    """The archive of Debian's files."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "endpoint-devkit-tests"
    archive = cache / f"bookworm-{hashlib.sha256(_PACKAGES.encode()).hexdigest()[:12]}.tar"
    if archive.exists():
        return archive
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="devkit-rootfs-") as folder:
        _tell(f"debootstrap makes Debian's files for {_ROOT_FILES}: about a minute")
        command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", folder, *_mirror()]
        log = cache / "debootstrap.log"
        with log.open("wb") as output:
            done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            sys.exit(f"debootstrap failed; see {log}\n{log.read_text()[-2000:]}")
        unfinished = archive.with_suffix(f".{os.getpid()}")
        excluded = [f"--exclude={each}" for each in _UNNEEDED]
        subprocess.run(["tar", "-C", folder, *excluded, "-cf", unfinished, "."], check=True)
    unfinished.rename(archive)
    return archive


def _mirror() -> list[str]:
    """The mirror that this machine's apt uses for Debian; none where it names none, and debootstrap takes its own."""
    for path in [*Path("/etc/apt/sources.list.d").glob("debian.sources"), Path("/etc/apt/sources.list")]:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if found := re.search(r"^(?:URIs:|deb(?: \[.*\])?)\s+(\S*/debian/?)\s*(?:bookworm|$)", text, re.MULTILINE):
            return [found[1]]
    return []


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a command: it says what it does


if __name__ == "__main__":
    ensure_base_image()
