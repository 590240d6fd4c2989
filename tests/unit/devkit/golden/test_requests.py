from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from devkit.golden.requests import BadGoldenError, load_all, load_golden

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, value: Any, name: str = "one.json") -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_the_shortest_file_says_request_and_answer(tmp_path: Path) -> None:
    """POST /score with JSON is what is meant when nothing else is said."""
    golden = load_golden(write(tmp_path, {"request": {"body": {"x": 1}}, "answer": {"body": [2]}}))
    assert (golden.name, golden.route, golden.request.method) == ("one", "/score", "POST")
    assert golden.request.content() == b'{"x": 1}'
    assert golden.request.all_headers() == {"Content-Type": "application/json"}
    assert (golden.answer.status, golden.answer.body) == (200, [2])


def test_a_content_type_of_ones_own_stays(tmp_path: Path) -> None:
    """The header that the form of the body implies yields to the one that is written."""
    file = {"request": {"body": 1, "headers": {"content-type": "application/x-ndjson"}}, "answer": {}}
    assert load_golden(write(tmp_path, file)).request.all_headers() == {"content-type": "application/x-ndjson"}


def test_bytes_are_written_in_base64(tmp_path: Path) -> None:
    """An image can be sent, and its answer told by hash."""
    file = {"request": {"base64": "AAEC"}, "answer": {"sha256": "a" * 64}}
    golden = load_golden(write(tmp_path, file))
    assert golden.request.content() == b"\x00\x01\x02"
    assert golden.answer.digest() == "a" * 64


def test_a_folder_gives_its_files_by_name(tmp_path: Path) -> None:
    """The order of a replay is the same everywhere; a folder that is not there has none."""
    for name in ("b.json", "a.json"):
        write(tmp_path, {"request": {"path": f"/score?x={name}"}, "answer": {}}, name)
    write(tmp_path, "not mine", "notes.txt")
    assert [each.name for each in load_all(tmp_path)] == ["a", "b"]
    assert {each.route for each in load_all(tmp_path)} == {"/score"}
    assert load_all(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("{", "Invalid JSON"),
        ([], "object"),
        ({"request": {}}, "answer: Field required"),
        ({"request": {"boddy": 1}, "answer": {}}, "request.boddy"),
        ({"request": {"body": 1, "text": "1"}, "answer": {}}, "body and text both give the body"),
        ({"request": {"base64": "?"}, "answer": {}}, "base64"),
        ({"request": {"path": "score"}, "answer": {}}, "request.path"),
        ({"request": {}, "answer": {}, "compare": {"ignore": ["a.b"]}}, "begins with \\$"),
        ({"request": {}, "answer": {}, "compare": {"tolerances": {"x": {}}}}, "begins with \\$"),
        ({"request": {}, "answer": {}, "compare": {"tolerance": {"absolute": -1}}}, "greater than or equal to 0"),
        ({"request": {}, "answer": {}, "compare": {"latency_ms": 0}}, "greater than 0"),
    ],
)
def test_a_file_that_cannot_be_used_says_which_key(tmp_path: Path, value: Any, says: str) -> None:
    """The message names the file and the place in it."""
    path = write(tmp_path, value)
    with pytest.raises(BadGoldenError, match=says) as caught:
        load_golden(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A slip in a path ends in one line."""
    with pytest.raises(BadGoldenError, match=r"none\.json cannot be read"):
        load_golden(tmp_path / "none.json")
