"""A Docker engine on a host of its own: a network namespace with a second dockerd, its data, images and addresses."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import docker
import pytest

from tests.support.docker_engine import without

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from docker import DockerClient

    from tests.support.authority import Authority

__all__ = ["SecondEngine", "require_root", "second_engine"]

_PATIENCE_S = 60.0
_NEEDED = ("dockerd", "ip", "nsenter")


@dataclass
class SecondEngine:
    """The other host."""

    address: str
    """Of the host, as this machine reaches it."""
    url: str
    namespace: str
    """Of its network."""
    socket: str
    """At which the engine listens, too, as on every host."""
    client: DockerClient = field(repr=False)

    def names(self) -> set[str]:
        """Of every container, running or not."""
        return {str(each.name) for each in self.client.containers.list(all=True)}

    def clear(self) -> None:
        """Remove containers, volumes and networks. Images stay."""
        _remove_containers(self.client)
        for volume in self.client.volumes.list():
            volume.remove()
        self.client.networks.prune()

    def forget_images(self) -> None:
        """Remove every image, as on a host that is new."""
        for image in self.client.images.list(all=True):
            self.client.images.remove(image.id, force=True)


@contextlib.contextmanager
def second_engine(
    folder: Path, environment: Mapping[str, str] | None = None, authority: Authority | None = None
) -> Iterator[SecondEngine]:
    """Start one over `folder`, and leave nothing of it; skips where this machine cannot (not root, no dockerd).

    With an authority it talks TLS, and to those alone that have a certificate of it.
    """
    require_root()
    name = f"dk{os.getpid()}"
    number = os.getpid() % 250
    here, there = f"10.213.{number}.1", f"10.213.{number}.2"
    with contextlib.ExitStack() as stack:
        _namespace(stack, name, here, there)
        execution = stack.enter_context(tempfile.TemporaryDirectory(prefix="dk", ignore_cleanup_errors=True))
        log = stack.enter_context((folder / "dockerd.log").open("wb"))
        url, own = f"tcp://{there}:2375", ["--tls=false"]
        if authority is not None:
            url, own = f"tcp://{there}:2376", _tls(authority.issue(folder / "tls", "engine", there))
        command = [*_command(name, folder, execution, number), f"--host={url}", *own]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        stack.callback(_unmount, folder / "data")
        stack.callback(_end, process)
        path = f"{execution}/docker.sock"
        client = _answering(url, path, process, folder / "dockerd.log")
        stack.callback(client.close)
        stack.callback(_remove_containers, client)
        yield SecondEngine(there, url, name, path, client)


def require_root() -> None:
    """Skip where no second engine can be."""
    missing = [each for each in _NEEDED if shutil.which(each) is None]
    if missing or os.geteuid() != 0:
        without(f"A second engine needs root and {', '.join(missing or _NEEDED)}.")


def _tls(folder: Path) -> list[str]:
    files = [f"--tls{name}={folder}/{file}.pem" for name, file in (("cacert", "ca"), ("cert", "cert"), ("key", "key"))]
    return ["--tlsverify", *files]


def _command(name: str, folder: Path, execution: str, number: int) -> list[str]:
    """Not `ip netns exec`, which mounts /sys anew, so that the control groups are gone.

    The engine's sockets lie below `execution`: a socket's path must be short.
    """
    own = [f"--data-root={folder}/data", f"--exec-root={execution}", f"--pidfile={folder}/dockerd.pid"]
    own += [f"--bip=10.214.{number}.1/24", f"--cgroup-parent=/{name}", "--default-address-pool"]
    own += [f"base=10.215.{number}.0/24,size=27", f"--host=unix://{execution}/docker.sock"]
    return ["nsenter", f"--net=/run/netns/{name}", "dockerd", "--log-level=warn", *own]


def _namespace(stack: contextlib.ExitStack, name: str, here: str, there: str) -> None:
    _ip("netns", "add", name)
    stack.callback(_ip, "netns", "delete", name)
    _ip("link", "add", f"{name}a", "type", "veth", "peer", "name", f"{name}b")
    _ip("link", "set", f"{name}b", "netns", name)
    _ip("address", "add", f"{here}/30", "dev", f"{name}a")
    _ip("link", "set", f"{name}a", "up")
    _ip("-n", name, "address", "add", f"{there}/30", "dev", f"{name}b")
    for each in (f"{name}b", "lo"):
        _ip("-n", name, "link", "set", each, "up")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _answering(url: str, path: str, process: subprocess.Popen[bytes], log: Path) -> DockerClient:
    """The client that the tests look with, by the socket: whatever becomes of the network."""
    host, _, port = url.removeprefix("tcp://").partition(":")
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 5):
            return docker.DockerClient(base_url=f"unix://{path}", timeout=60)
        time.sleep(0.1)
    pytest.fail(f"the second dockerd did not answer:\n{log.read_text()[-2000:]}")


def _remove_containers(client: DockerClient) -> None:
    for container in client.containers.list(all=True):
        container.remove(force=True, v=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _unmount(data: Path) -> None:
    """An engine that failed leaves its data mounted on itself."""
    if os.path.ismount(data):
        subprocess.run(["umount", "--recursive", str(data)], check=True, capture_output=True)
