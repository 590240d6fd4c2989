from __future__ import annotations

import datetime as dt
import socket
import ssl
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from devkit.gateway.certificates import Certificates, ensure

if TYPE_CHECKING:
    from pathlib import Path


def handshake(made: Certificates, trusted: Path, name: str) -> None:
    """A TLS connection between a server with `made` and a client that trusts `trusted` and asks for `name`."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(made.server)
    client = ssl.create_default_context(cafile=str(trusted))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        theirs.settimeout(10)
        answering = threading.Thread(target=_serve, args=(server, theirs))
        answering.start()
        try:
            client.wrap_socket(ours, server_hostname=name).close()
        finally:
            ours.close()
            answering.join()


def _serve(context: ssl.SSLContext, connection: socket.socket) -> None:
    try:
        context.wrap_socket(connection, server_side=True).close()
    except (ssl.SSLError, OSError):
        connection.close()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_authority_trusts_this_machine(tmp_path: Path, name: str) -> None:
    """Under all three names, by the strict rules of Python 3.13 too."""
    made = ensure(tmp_path)
    handshake(made, made.authority, name)


def test_another_host_is_not_trusted(tmp_path: Path) -> None:
    """The certificate holds for this machine alone."""
    made = ensure(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(made, made.authority, "example.org")


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Whatever the umask."""
    ensure(tmp_path / "tls")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tls").iterdir()}
    assert modes == {"ca.key": 0o600, "ca.pem": 0o644, "server.pem": 0o600}


def test_what_is_good_is_kept(tmp_path: Path) -> None:
    """A second call changes nothing, so that who trusts it goes on trusting it."""
    made = ensure(tmp_path)
    before = made.server.read_bytes()
    ensure(tmp_path)
    assert made.server.read_bytes() == before


@pytest.mark.parametrize("damage", ["ends soon", "other names", "broken", "gone"])
def test_a_server_certificate_that_does_not_do_is_made_anew_under_the_same_authority(
    tmp_path: Path, damage: str
) -> None:
    """Clients that trust the authority notice nothing."""
    made = ensure(tmp_path, names=("localhost",) if damage == "other names" else ("localhost", "127.0.0.1", "::1"))
    authority, before = made.authority.read_bytes(), made.server.read_bytes()
    if damage == "broken":
        made.server.write_text("no certificate")
    if damage == "gone":
        made.server.unlink()
    later = dt.timedelta(days=380 if damage == "ends soon" else 0)
    ensure(tmp_path, now=dt.datetime.now(tz=dt.timezone.utc) + later)
    assert made.authority.read_bytes() == authority
    assert made.server.read_bytes() != before
