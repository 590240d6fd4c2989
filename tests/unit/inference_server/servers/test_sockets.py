from __future__ import annotations

import os
import socket
import sys

import pytest

from inference_server.errors import PortInUseError, StartupError
from inference_server.servers import sockets


def test_a_free_port_is_bound_and_listens() -> None:
    """Port 0 gives a socket that accepts connections at the address that url() tells."""
    with sockets.bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert sockets.url(listener) == f"http://127.0.0.1:{port}"
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


def test_a_busy_port_is_refused_at_once_with_its_number_and_the_flag() -> None:
    """A second server on one port gets an error that says what to change."""
    with sockets.bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"Port {port} is in use by .*--port") as refused:
            sockets.bind("127.0.0.1", port)
    assert refused.value.exit_code == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the holder without extra rights")
def test_the_holder_of_a_busy_port_is_named() -> None:
    """On Linux the message names the process id and the command line of the holder."""
    with sockets.bind("127.0.0.1", 0) as first:
        holder = sockets.find_holder(first.getsockname()[1])
    assert holder is not None
    assert holder.pid == os.getpid()
    assert "python" in holder.command


def test_nobody_holds_a_port_that_is_not_listened_on() -> None:
    """A bound socket that does not listen is not a holder."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert sockets.find_holder(bound.getsockname()[1]) is None


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-name.invalid"])
def test_an_address_of_another_machine_is_one_clear_error(host: str) -> None:
    """An address that is not ours is a start failure that names it."""
    with pytest.raises(StartupError, match=host) as refused:
        sockets.bind(host, 0)
    assert refused.value.exit_code == 3


def test_the_url_of_a_socket_on_every_interface_is_one_that_a_client_can_use() -> None:
    """0.0.0.0 is shown as the loopback address."""
    with sockets.bind("0.0.0.0", 0) as listener:  # noqa: S104  the case under test
        assert sockets.url(listener).startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("::", False)],  # noqa: S104  compared
)
def test_loopback_addresses_are_known(host: str, loopback: bool) -> None:
    """Only addresses that other machines cannot reach count as loopback."""
    assert sockets.is_loopback(host) is loopback
