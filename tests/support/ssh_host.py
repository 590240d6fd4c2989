"""An sshd on the second engine's host, and the ssh of somebody who may log in there."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.dev_server import wait_until
from tests.support.docker_engine import without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.second_engine import SecondEngine

__all__ = ["SshHost", "ssh_host"]

_PORT = 2222
"""In the host's own network namespace nobody else listens."""
_SERVER = """\
Port {port}
ListenAddress {address}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv DOCKER_HOST=unix://{socket} PATH={path}
"""
_CLIENT = """\
Host *
  IdentityFile {folder}/{key}
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/{known}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  ConnectTimeout 30
"""


@dataclass(frozen=True)
class SshHost:
    """Where it is, and what it knows."""

    url: str
    folder: Path

    def path(self, *, key: str = "user_key", known: str = "known_hosts") -> str:
        """A PATH whose `ssh` logs in with that key and knows those hosts, as a user's own configuration would say."""
        folder = self.folder / f"bin-{key}-{known}"
        folder.mkdir(exist_ok=True)
        configuration = folder / "config"
        configuration.write_text(_CLIENT.format(folder=self.folder, key=key, known=known))
        program = folder / "ssh"
        program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {configuration} "$@"\n')
        program.chmod(0o755)
        return f"{folder}{os.pathsep}{os.environ['PATH']}"


@contextlib.contextmanager
def ssh_host(folder: Path, engine: SecondEngine) -> Iterator[SshHost]:
    """Debian's sshd over `folder`; skips where there is none.

    `stranger_key` is a key that it does not take, `nobody_known` names no host.
    """
    server = shutil.which("sshd")
    if server is None or shutil.which("ssh") is None:
        without("sshd or ssh is not here (Debian: openssh-server, openssh-client).")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # it wants it, and Debian makes it when the service starts
    for name in ("host_key", "user_key", "stranger_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "authorized_keys").write_text((folder / "user_key.pub").read_text())
    (folder / "known_hosts").write_text(f"[{engine.address}]:{_PORT} {(folder / 'host_key.pub').read_text()}")
    (folder / "nobody_known").touch()
    path = f"{Path(str(shutil.which('docker'))).parent}:/usr/bin:/bin"
    text = _SERVER.format(port=_PORT, address=engine.address, folder=folder, socket=engine.socket, path=path)
    (folder / "sshd_config").write_text(text)
    command = ["nsenter", f"--net=/run/netns/{engine.namespace}", server, "-D", "-e", "-f", folder / "sshd_config"]
    with (folder / "sshd.log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            wait_until(lambda: _listens(engine.address), "sshd listens", (folder / "sshd.log").read_text)
            yield SshHost(f"ssh://root@{engine.address}:{_PORT}", folder)
        finally:
            process.terminate()


def _listens(address: str) -> bool:
    try:
        socket.create_connection((address, _PORT), 5).close()
    except OSError:
        return False
    return True
