"""exchange: what stands around every answer."""

from __future__ import annotations

import uuid

import pytest

from inference_server.exchange import is_local, logged_path, new_id


def test_ids_are_random_uuids_of_version_4() -> None:
    """An id made up by the server is a UUID4 in its canonical form, and no two are alike."""
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    for text in ids:
        parsed = uuid.UUID(text)
        assert (parsed.version, parsed.variant, str(parsed)) == (4, uuid.RFC_4122, text)


@pytest.mark.parametrize(
    ("environ", "local"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"REMOTE_ADDR": "127.8.8.8"}, True),
        ({"REMOTE_ADDR": "::1"}, True),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, True),
        ({"REMOTE_ADDR": "10.0.0.1"}, False),
        ({"REMOTE_ADDR": "128.0.0.1"}, False),
        ({"REMOTE_ADDR": "::2"}, False),
        ({"REMOTE_ADDR": ""}, False),
        ({}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.1"}, False),
    ],
)
def test_only_this_machine_is_local(environ: dict[str, str], local: bool) -> None:
    """A client is local on a loopback address, unless a proxy on this machine speaks for another one."""
    assert is_local(environ) is local


@pytest.mark.parametrize(
    ("path", "query", "logged"),
    [
        ("/score", "", "/score"),
        ("/score", "a=1", "/score?a=1"),
        ("/score", "a=%C3%A9", "/score?a=%C3%A9"),
        ("/caf\u00c3\u00a9", "", "/café"),
        ("/score", "a=\xff", "/score?a=�"),
    ],
)
def test_logged_paths_are_readable(path: str, query: str, logged: str) -> None:
    """The path of the log line is text, whatever bytes the client sent."""
    assert logged_path(path, query) == logged
