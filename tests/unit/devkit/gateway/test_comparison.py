from __future__ import annotations

import json

import pytest

from devkit.gateway.bodies import Copy
from devkit.gateway.comparison import Answer, compare, record


def answer(body: bytes | None, status: int | None = 200, limit: int = 1000) -> Answer:
    copy = None
    if body is not None:
        copy = Copy(limit)
        copy.add(body)
    return Answer("green", status, 0.0123, copy, None if status else "408: too late")


@pytest.mark.parametrize(
    ("live", "mirror", "verdict"),
    [
        (answer(b'{"a": 1}'), answer(b'{"a": 1}'), "same"),
        (answer(b'{"a": 1, "b": 2}'), answer(b'{"b":2,"a":1}'), "same_json"),
        (answer(b'{"a": 1}'), answer(b'{"a": 2}'), "different_body"),
        (answer(b"text"), answer(b"other"), "different_body"),
        (answer(b"x"), answer(b"x", 500), "different_status"),
        (answer(b"x"), answer(None, None), "no_answer"),
        (answer(b"1.0", limit=1), answer(b"1.0", limit=1), "same"),
        (answer(b"1.0", limit=1), answer(b"1.00"), "different_body"),
        (answer(b"[" * 100_000, limit=200_000), answer(b"[" * 100_001, limit=200_000), "different_body"),
    ],
)
def test_two_answers_are_compared_by_status_bytes_and_json(live: Answer, mirror: Answer, verdict: str) -> None:
    """Bytes first, then what the JSON means; too large to keep means bytes alone."""
    assert compare(live, mirror) == verdict


def test_a_record_is_one_line_of_bounded_size() -> None:
    """Long bodies are cut, bytes that are no text are shown as well as they can."""
    line = json.dumps(record("2026-01-01", "id", "/score", answer(b"x" * 900_000, limit=1_000_000), answer(b"\xff")))
    assert len(line) < 3000
    told = json.loads(line)
    assert told["live"]["bytes"] == 900_000
    assert told["mirror"] == {
        "deployment": "green",
        "status": 200,
        "milliseconds": 12.3,
        "bytes": 1,
        "sha256": "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89",
        "body": "\ufffd",
    }
