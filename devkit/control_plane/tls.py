"""The certificate of the https port. Making one needs 9 MB of libraries, so a process that ends again makes it."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

__all__ = ["authority", "context"]

_CHECK_AFTER_SECONDS = 7 * 24 * 3600
"""A certificate that was made or looked at less than a week ago is used as it is; they are renewed a month ahead."""
_MAKE = "import pathlib, sys; from devkit.gateway import certificates; certificates.ensure(pathlib.Path(sys.argv[1]))"


def authority(folder: Path) -> Path:
    """The PEM file that clients are told to trust."""
    return folder / "ca.pem"


def context(folder: Path) -> ssl.SSLContext:
    """What the https port serves with; blocks while a certificate is made.

    Raises:
        OSError: it cannot be read or written.
        subprocess.SubprocessError: it cannot be made.
    """
    import ssl

    server = folder / "server.pem"
    if not _is_fresh(server):
        subprocess.run([sys.executable, "-c", _MAKE, str(folder)], check=True, timeout=60)  # noqa: S603  our own module
        server.touch()
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(server)
    return made


def _is_fresh(path: Path) -> bool:
    try:
        return 0 <= time.time() - path.stat().st_mtime < _CHECK_AFTER_SECONDS
    except OSError:
        return False
