from __future__ import annotations

import pytest

from devkit.control_plane.api.guard import blob_signature, foreign


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000", "[::1]:5000"])
def test_this_machine_may_ask(host: str) -> None:
    """Requests to loopback under its own names are let on, with or without the same origin."""
    assert foreign(host, None) is None
    assert foreign(host, f"http://{host}") is None


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example:5000", None),
        (None, None),
        ("127.0.0.1.evil.example", None),
        ("127.0.0.1:5000", "https://evil.example"),
        ("127.0.0.1:5000", "http://127.0.0.1:6000"),
        ("127.0.0.1:5000", "null"),
    ],
)
def test_a_web_page_may_not(host: str | None, origin: str | None) -> None:
    """A name of somebody else's for this machine, or a page of another origin, is refused."""
    assert foreign(host, origin) is not None


def test_a_signature_is_for_one_container() -> None:
    """A signature fits its own container and token, and no other."""
    one = blob_signature("token", "a")
    assert one == blob_signature("token", "a")
    assert one not in {blob_signature("token", "b"), blob_signature("other", "a")}
