from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from devkit.golden.judge import Received, judge
from devkit.golden.recording import Exchange, golden_of, name_of, pairs_in, save
from devkit.golden.records import Payload, data_file, record_of
from devkit.golden.redacting import Redactor
from devkit.golden.requests import load_golden

if TYPE_CHECKING:
    from pathlib import Path

JSON = "application/json"
EXCHANGE = Exchange("POST", "/score?n=1", JSON, b'{"data": [1]}', JSON, b'{"y": 2}')


def test_what_is_recorded_can_be_loaded(tmp_path: Path) -> None:
    """A recorded file is a golden request: method, path, body and answer, and no header."""
    path = save(golden_of(EXCHANGE, Redactor()), tmp_path)
    assert path is not None
    golden = load_golden(path)
    assert (golden.request.method, golden.request.path) == ("POST", "/score?n=1")
    assert golden.request.body == {"data": [1]}
    assert golden.answer.body == {"y": 2}
    assert golden.request.headers == {}


def test_the_same_request_is_recorded_once(tmp_path: Path) -> None:
    """A second answer to a recorded request does not overwrite what somebody may have edited."""
    first = save(golden_of(EXCHANGE, Redactor()), tmp_path)
    assert first is not None
    first.write_text("edited")
    assert save(golden_of(replace(EXCHANGE, answer=b'{"y": 3}'), Redactor()), tmp_path) is None
    assert first.read_text() == "edited"


def test_a_secret_of_the_request(tmp_path: Path) -> None:
    """A secret never reaches the file, and a note says what is to be done."""
    exchange = replace(EXCHANGE, body=b'{"api_key": "hunter2", "n": 1}')
    path = save(golden_of(exchange, Redactor()), tmp_path)
    assert path is not None
    text = path.read_text()
    assert "hunter2" not in text
    assert "was redacted" in json.loads(text)["note"]


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("content_type", [FORM, "text/plain; charset=utf-8", "application/octet-stream", ""])
@pytest.mark.parametrize("body", [b'{"password": "hunter2", "n": 1}', b' [{"db_pwd": "hunter2"}]'])
def test_json_under_another_type(tmp_path: Path, content_type: str, body: bytes) -> None:
    """A secret in JSON never reaches the file, whatever the type says, such as the one that curl's -d sends."""
    exchange = replace(EXCHANGE, content_type=content_type, body=body, answer_type=content_type, answer=body)
    path = save(golden_of(exchange, Redactor()), tmp_path)
    assert path is not None
    text = path.read_text()
    assert "hunter2" not in text
    assert "was redacted" in json.loads(text)["note"]
    golden = load_golden(path)
    assert golden.request.all_headers() == {"Content-Type": content_type or JSON}
    assert judge(golden, Received(200, body, 1)).passed


def test_a_secret_of_a_form(tmp_path: Path) -> None:
    """A secret under a telling name in a form never reaches the file, and the form is asked as a form."""
    exchange = replace(EXCHANGE, content_type=FORM, body=b"user=me&password=hunter2")
    path = save(golden_of(exchange, Redactor()), tmp_path)
    assert path is not None
    golden = load_golden(path)
    assert golden.request.text == "user=me&password=REDACTED"
    assert golden.request.all_headers() == {"Content-Type": FORM}
    assert "was redacted" in json.loads(path.read_text())["note"]


def test_text_that_is_neither_json_nor_a_form(tmp_path: Path) -> None:
    """A text in which no names are found stays as it was sent: a lone number, lines of JSON."""
    for body in (b"1", b"null", b'{"a": 1}\n{"a": 2}\n'):
        golden = golden_of(replace(EXCHANGE, content_type="text/plain", body=body), Redactor())
        path = save(golden, tmp_path)
        assert path is not None
        assert load_golden(path).request.content() == body


def test_a_secret_of_the_answer_is_not_compared(tmp_path: Path) -> None:
    """A redacted place of the answer is left out of the comparison, so that the true answer passes."""
    exchange = replace(EXCHANGE, answer=b'{"y": 2, "session": {"token": "abc"}}')
    path = save(golden_of(exchange, Redactor()), tmp_path)
    assert path is not None
    assert json.loads(path.read_text())["compare"] == {"ignore": ['$["session"]["token"]']}
    load_golden(path)


def test_text_and_bytes(tmp_path: Path) -> None:
    """What is no JSON is kept as text or bytes with its type; large bytes as their hash."""
    text = replace(EXCHANGE, content_type="text/csv", body=b"1,2", answer_type="image/png", answer=b"\x89" * 100_000)
    path = save(golden_of(text, Redactor()), tmp_path)
    assert path is not None
    golden = load_golden(path)
    assert golden.request.all_headers() == {"Content-Type": "text/csv"}
    assert golden.request.content() == b"1,2"
    assert golden.answer.sha256 is not None


def test_names_tell_the_route() -> None:
    """The file's name has the route, and differs by request."""
    one, other = (golden_of(replace(EXCHANGE, body=body), Redactor()) for body in (b"1", b"2"))
    assert name_of(one).startswith("score-")
    assert name_of(one) != name_of(other)


def collected(folder: Path, collection: Literal["request", "response"], key: str, body: bytes | None) -> None:
    """A line as the data collector writes it."""
    payload = Payload(
        collection=collection,
        endpoint="e",
        deployment="blue",
        time=dt.datetime(2026, 11, 21, tzinfo=dt.timezone.utc),
        method="POST",
        path="/score",
        content_type=JSON if body and body[:1] != b"\xff" else "application/octet-stream",
        request_id=key,
        client_id=None,
        size=len(body or b""),
        sha256="0" * 64,
        body=body,
        headers={"Authorization": "Bearer never"},
    )
    path = folder / collection / "a.jsonl"
    path.parent.mkdir(exist_ok=True)
    if (name := data_file(payload)) is not None and body is not None:
        (path.parent / name).write_bytes(body)
    with path.open("a") as file:
        file.write(json.dumps(record_of(payload)) + "\n")


def test_collected_data_has_no_status(tmp_path: Path) -> None:
    """Production's lines tell no status, so that none is made up: the golden request compares the body alone."""
    production = {
        "specversion": "1.0",
        "source": "/subscriptions/s/onlineEndpoints/e/deployments/blue",
        "datacontenttype": JSON,
        "time": "2026-11-21T08:06:26Z",
        "path": "/score",
        "method": "POST",
        "contentrange": "bytes 0-7/8",
        "correlationid": "c",
        "xrequestid": "x",
    }
    lines = [
        {**production, "id": "1", "type": "azureml.inference.request", "data": {"x": 1}},
        {**production, "id": "2", "type": "azureml.inference.response", "data": {"detail": "x is unknown"}},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (exchange,) = pairs_in(tmp_path)
    path = save(golden_of(exchange, Redactor()), tmp_path)
    assert path is not None
    assert json.loads(path.read_text())["answer"] == {"status": None, "body": {"detail": "x is unknown"}}
    golden = load_golden(path)
    body = b'{"detail": "x is unknown"}'
    assert judge(golden, Received(422, body, 1)).passed
    assert judge(golden, Received(200, body, 1)).passed
    assert not judge(golden, Received(500, b"{}", 1)).passed


def test_pairs_of_a_data_collector(tmp_path: Path) -> None:
    """Requests and answers that were collected come together by their id; what has no partner is left out."""
    collected(tmp_path, "request", "1", b'{"x": 1}')
    collected(tmp_path, "response", "1", b"[2]")
    collected(tmp_path, "request", "2", b"3")
    collected(tmp_path, "request", "3", b"\xff\xfe")
    collected(tmp_path, "response", "3", None)
    (tmp_path / "request" / "b.jsonl").write_text('{"type": "azureml.inf')
    first, last = pairs_in(tmp_path)
    assert (first.body, first.answer) == (b'{"x": 1}', b"[2]")
    assert (last.body, last.answer, last.answer_sha256) == (b"\xff\xfe", None, "0" * 64)
    assert "never" not in json.dumps(golden_of(first, Redactor()))
