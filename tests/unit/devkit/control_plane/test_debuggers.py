from __future__ import annotations

import socket

from devkit.control_plane.debuggers import attached, established

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1A2B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1A2C 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   2: 0100007F:D431 0100007F:1A2C 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
""".splitlines()


def test_a_listener_alone_is_no_debugger() -> None:
    """A port that only listens has nobody attached; one with a connection has."""
    assert not established(TABLE, 0x1A2B)
    assert established(TABLE, 0x1A2C)


def test_a_connection_is_seen_while_it_lasts() -> None:
    """A real connection to a port counts while it is open, and no longer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not attached(port)
        with socket.create_connection(("127.0.0.1", port)), server.accept()[0]:
            assert attached(port)
        assert not attached(port)
