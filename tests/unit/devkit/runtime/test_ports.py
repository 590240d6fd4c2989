from __future__ import annotations

import socket

from devkit.runtime.ports import PortChooser


def test_a_port_is_given_once() -> None:
    """Two processes that start at once get different ports, although neither has bound its own."""
    chooser = PortChooser()
    assert len({chooser.choose() for _ in range(50)}) == 50


def test_a_port_that_is_given_is_free() -> None:
    """The port can be bound."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", PortChooser().choose()))
