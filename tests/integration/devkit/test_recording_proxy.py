"""The recording proxy before a real server."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from devkit.golden.recording_proxy import RecordingProxy
from tests.support.fake_target import serving
from tests.support.server import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.golden.recording import Exchange


@contextmanager
def recording(url: str) -> Iterator[tuple[str, list[Exchange]]]:
    """A proxy before `url`: its address, and what it has recorded."""
    seen: list[Exchange] = []
    with RecordingProxy(url, seen.append) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield proxy.address, seen
        proxy.shutdown()
        thread.join()


def test_hands_through_and_records() -> None:
    """The client gets the server's answer, and the exchange is recorded without any header."""
    with serving() as backend, recording(backend.url) as (address, seen):
        headers = {"Content-Type": "application/json", "Authorization": "Bearer hunter2-hunter2"}
        request = urllib.request.Request(f"{address}/score?n=1", b'{"a": 1}', headers)  # noqa: S310  on loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  on loopback
            assert json.load(answer) == 42
        eventually(lambda: bool(seen), "the exchange is recorded")
    assert (seen[0].path, seen[0].body, seen[0].answer, seen[0].status) == ("/score?n=1", b'{"a": 1}', b"42", 200)
    assert "hunter2" not in repr(seen)


def test_a_server_that_is_away() -> None:
    """Where nobody answers the client is told so with 502, and nothing is recorded."""
    with serving() as backend:
        url = backend.url
    with recording(url) as (address, seen):
        request = urllib.request.Request(f"{address}/score", b"1")  # noqa: S310  on loopback
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=30)  # noqa: S310  on loopback
        assert caught.value.code == 502
        caught.value.close()
    assert seen == []
