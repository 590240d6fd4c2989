"""http_types: AMLRequest and AMLResponse as a score.py and its unit tests use them."""

from __future__ import annotations

import json

import pytest
from flask import Request, Response

from inference_server.http_types import AMLRequest, AMLResponse


def test_request_can_be_built_from_its_parts() -> None:
    """A unit test of score.py hands run() a request with a method, a query, headers and a body."""
    request = AMLRequest(method="POST", query_string="a=1", data=b"\x00\xff", headers={"Content-Type": "image/png"})
    assert request.get_data() == b"\x00\xff"
    assert request.args["a"] == "1"
    assert request.content_type == "image/png"
    assert isinstance(request, Request)


def test_request_can_carry_json() -> None:
    """A JSON body comes with its content type."""
    assert AMLRequest(json={"a": [1]}).get_json() == {"a": [1]}


def test_request_can_carry_a_form() -> None:
    """A mapping is sent as a form."""
    assert AMLRequest(data={"field": "value"}).form["field"] == "value"


def test_request_without_arguments_is_an_empty_post() -> None:
    """The constructor works without an argument, as azmlinfsrv's is declared."""
    request = AMLRequest()
    assert (request.method, request.path, request.get_data()) == ("POST", "/score", b"")


@pytest.mark.parametrize(
    ("message", "json_str", "body", "content_type"),
    [
        (None, False, "{}", "application/json"),
        (None, True, "{}", "application/json"),
        ({"a": 1}, True, '{"a": 1}', "application/json"),
        ("text", False, "text", "text/html; charset=utf-8"),
        ("text", True, '"text"', "application/json"),
        (b"\x00", False, "\x00", "text/html; charset=utf-8"),
    ],
)
def test_response_bodies(message: object, json_str: bool, body: str, content_type: str) -> None:
    """The message becomes the body, as JSON when asked for, and an empty object when there is none."""
    response = AMLResponse(message, 200, json_str=json_str)
    assert response.get_data(as_text=True) == body
    assert response.content_type == content_type
    assert response.headers["x-ms-run-function-failed"] == "False"


def test_response_splits_repeated_headers_at_commas() -> None:
    """A comma in a header's value separates repeated headers."""
    response = AMLResponse("x", 200, {"x-own": "a, b", "Content-Type": "image/png"})
    assert response.headers.getlist("x-own") == ["a", "b"]
    assert response.headers.getlist("Content-Type") == ["image/png"]


def test_response_can_say_that_the_run_function_failed() -> None:
    """The last argument is the header x-ms-run-function-failed."""
    response = AMLResponse({"e": 1}, 404, {}, json_str=True, run_function_failed=True)
    assert response.headers["x-ms-run-function-failed"] == "True"
    assert response.status_code == 404
    assert json.loads(response.get_data()) == {"e": 1}
    assert isinstance(response, Response)


def test_response_headers_are_not_shared() -> None:
    """Two responses without headers of their own do not share a mapping."""
    AMLResponse("x", 200).headers["x-own"] = "1"
    assert "x-own" not in AMLResponse("x", 200).headers
