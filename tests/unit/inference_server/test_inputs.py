"""inputs: what run() is called with, and what is refused before it is called."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from inference_server.errors import StartupError
from inference_server.inputs import BadInput, InputKind, RunSignature, UnsupportedInput, query_values


def signature_of(run: Any, *, raw: bool = False) -> RunSignature:
    return RunSignature.of(run, raw=raw)


def schema_signature(*names: str, **defaults: Any) -> RunSignature:
    parameters = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=defaults.get(name, inspect._empty))
        for name in (*names, *defaults)
    ]
    return RunSignature(InputKind.SCHEMA, tuple(parameters), wants_headers=False)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda *args: args, "run() cannot accept positional-only arguments, *args, or **kwargs."),
        (lambda **kwargs: kwargs, "run() cannot accept positional-only arguments, *args, or **kwargs."),
        (lambda data, /: data, "run() cannot accept positional-only arguments, *args, or **kwargs."),
        (lambda: None, "run() needs to accept an argument for input data."),
        (lambda request_headers: request_headers, 'run() needs to accept an argument other than "request_headers".'),
    ],
)
def test_functions_that_cannot_be_called_are_refused(run: Any, message: str) -> None:
    """A run() that the server cannot call is refused at start with azmlinfsrv's words."""
    with pytest.raises(StartupError) as refused:
        signature_of(run)
    assert str(refused.value) == message


def test_headers_parameter_is_not_the_input() -> None:
    """request_headers may stand anywhere; the input is the first of the others."""
    found = signature_of(lambda request_headers, data: (request_headers, data))
    assert (found.wants_headers, found.name, found.kind) == (True, "data", InputKind.TEXT)


def test_text_is_passed_by_name() -> None:
    """An undecorated run() gets the body as text, whatever it holds."""
    assert signature_of(lambda data: data).from_body("{é".encode(), is_json=False) == {"data": "{é"}


def test_text_has_to_be_utf8() -> None:
    """A body that is not UTF-8 is a bad input, with the place of the byte."""
    with pytest.raises(BadInput, match=r"^Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte 0xe9 in"):
        signature_of(lambda data: data).from_body(b"caf\xe9", is_json=False)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "POST body is empty. Expecting a JSON dictionary."),
        (b"{", "POST body could not be decoded as JSON: Expecting property name enclosed in double quotes: line 1"),
        (b"[1]", "POST body should be a JSON dictionary."),
        (b"null", "POST body should be a JSON dictionary."),
        (b"{}", "A value is not provided for the 'data' parameter."),
        (b'"\xff"', "POST body could not be decoded as JSON: 'utf-8' codec can't decode byte 0xff"),
        (b"[" * 100_000, "POST body could not be decoded as JSON: "),
    ],
)
def test_bodies_that_do_not_fit_a_schema(body: bytes, message: str) -> None:
    """Under a schema a body has to be a JSON object with every parameter; a JSON bomb is a bad input too."""
    with pytest.raises(BadInput) as refused:
        schema_signature("data").from_body(body, is_json=True)
    assert str(refused.value).startswith(message)


def test_schema_takes_only_json() -> None:
    """Under a schema another content type is unsupported, however the body looks."""
    with pytest.raises(UnsupportedInput, match=r"^Expects Content-Type to be application/json$"):
        schema_signature("data").from_body(b"{}", is_json=False)


def test_schema_values_go_by_name() -> None:
    """Values are taken by parameter name, defaults stand in, extra keys are dropped."""
    found = schema_signature("data", factor=2).from_body(b'{"data": [1], "extra": 3}', is_json=True)
    assert found == {"data": [1], "factor": 2}


def test_query_is_decoded_as_if_it_were_input() -> None:
    """Each value of a query is JSON where it is JSON, and a repeated name is a list."""
    assert query_values([("a", "1"), ("b", "x"), ("c", "[1,2]"), ("a", "2"), ("d", "null")]) == {
        "a": [1, 2],
        "b": "x",
        "c": [1, 2],
        "d": None,
    }


def test_query_becomes_json_text() -> None:
    """An undecorated run() gets the query as JSON text, an empty object without one."""
    signature = signature_of(lambda data: data)
    assert signature.from_query({"a": [1, "é"]}) == {"data": '{"a": [1, "\\u00e9"]}'}
    assert signature.from_query({}) == {"data": "{}"}


def test_raw_and_schema_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run() with both decorators is refused at start."""
    monkeypatch.setattr("inference_server.schema_registry.is_decorated", lambda _: True)
    with pytest.raises(StartupError, match="cannot be decorated with both @rawhttp and @input_schema"):
        signature_of(lambda data: data, raw=True)


def test_start_lines_say_how_run_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line at start tells which of the three ways it is, in azmlinfsrv's words."""
    assert "with the input in JSON string" in signature_of(lambda data: data).describe()
    assert "with the flask request object" in signature_of(lambda data: data, raw=True).describe()
    assert schema_signature("a", "b").describe().endswith("with the following arguments: a, b.")
