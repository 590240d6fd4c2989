"""results: what a client gets for what run() returns."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inference_server.results import (
    error_reply,
    is_flask_response,
    is_stream,
    json_text,
    reply,
    stream_piece,
    stream_type,
)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("hello", '"hello"'),
        ('{"a": 1}', '"{\\"a\\": 1}"'),
        ({"a": [1, 2.5, True, None]}, '{"a": [1, 2.5, true, null]}'),
        ((1, "é"), '[1, "\\u00e9"]'),
        (float("nan"), "NaN"),
        (0, "0"),
        (None, "{}"),
    ],
)
def test_json_is_written_as_azmlinfsrv_writes_it(result: Any, text: str) -> None:
    """Plain values are json.dumps with its defaults, and None is an empty object."""
    assert json_text(result) == json_text(result, strict=True) == text


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        ([np.int64(1), {"b": np.array([1.5])}], [1, {"b": [1.5]}]),
        (np.array(["2024-01-02"], dtype="datetime64[D]"), ["2024-01-02"]),
        (np.datetime64("2024-01-02"), "2024-01-02"),
        (np.array([{"a": np.int64(1)}], dtype=object), [{"a": 1}]),
        (pd.DataFrame({"x": [1, 2], "y": ["a", None]}), [{"x": 1, "y": "a"}, {"x": 2, "y": None}]),
        (pd.Series([1.5, 2.5]), [1.5, 2.5]),
        (pd.Index([1, 2]), [1, 2]),
        ({"frame": pd.DataFrame({"x": [1]})}, {"frame": [{"x": 1}]}),
        (pd.Timestamp("2024-01-02T03:04:05"), "2024-01-02T03:04:05"),
    ],
)
def test_arrays_and_frames_are_served(result: Any, value: Any) -> None:
    """Arrays are lists, scalars are numbers, frames are lists of records, wherever they stand in the result."""
    assert json.loads(json_text(result)) == value


@pytest.mark.parametrize("result", [np.array([1]), pd.DataFrame({"x": [1]}), b"x", np.int64(1), object()])
def test_strict_serves_only_plain_values(result: Any) -> None:
    """Under --strict what azmlinfsrv cannot serve is not served."""
    with pytest.raises(TypeError):
        reply(result, strict=True)


def test_unknown_types_are_named_with_what_to_return() -> None:
    """The error of a value that has no JSON names its type and what to return instead."""
    with pytest.raises(TypeError, match=r"run\(\) returned builtins\.object, .* Return a dict"):
        reply({"a": object()})


@pytest.mark.parametrize("result", [b"\x00\xff", bytearray(b"\x00\xff"), memoryview(b"\x00\xff")])
def test_bytes_are_the_body(result: Any) -> None:
    """Bytes are sent as they are."""
    answer = reply(result)
    assert answer.body == b"\x00\xff"
    assert answer.headers[:2] == [("Content-Type", "application/octet-stream"), ("Content-Length", "2")]


def test_headers_of_a_reply_stand_in_azmlinfsrvs_order() -> None:
    """Content-Type, Content-Length, then x-ms-run-function-failed."""
    assert reply({"a": 1}).headers == [
        ("Content-Type", "application/json"),
        ("Content-Length", "8"),
        ("x-ms-run-function-failed", "False"),
    ]


def test_errors_are_json_with_a_message() -> None:
    """An error is an object with the key message, and says whether the script was it."""
    answer = error_reply(500, "why", failed=True, more={"traceback": "where"})
    assert json.loads(answer.body) == {"message": "why", "traceback": "where"}
    assert answer.headers[2] == ("x-ms-run-function-failed", "True")


def test_iterators_are_streams_and_collections_are_not() -> None:
    """A generator is sent piece by piece; a list, a dict or a string is one answer."""
    assert is_stream(piece for piece in "ab")
    assert is_stream(iter([1]))
    assert not any(map(is_stream, ([1], {"a": 1}, "text", b"x", (1,), range(2), None)))


@pytest.mark.parametrize(
    ("piece", "content_type", "sent"),
    [
        ("é", "text/plain; charset=utf-8", "é".encode()),
        (b"\x00", "application/octet-stream", b"\x00"),
        ({"a": np.int64(1)}, "application/x-ndjson", b'{"a": 1}\n'),
    ],
)
def test_pieces_of_a_stream(piece: Any, content_type: str, sent: bytes) -> None:
    """The first piece decides the content type: text, bytes, or one JSON value a line."""
    assert stream_type(piece) == content_type
    assert stream_piece(piece) == sent


def test_a_flask_that_is_half_imported_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flask is imported beside the first requests; a plain result does not care how far that is."""
    monkeypatch.setitem(sys.modules, "flask", ModuleType("flask"))
    assert is_flask_response({"y": 1}) is False
