"""From a request to the arguments of ``run()``: which way the script's signature and decorators ask for, and that way.

The messages and rules are azmlinfsrv 1.5.1's (read and observed 2026-11-21).
"""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from inference_server import schema_registry
from inference_server.errors import StartupError
from inference_server.rawhttp import RawMarks, is_marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

__all__ = ["BadInput", "InputKind", "RunSignature", "UnsupportedInput", "query_values", "schema_mismatch", "text"]

_EXAMPLE_LENGTH = 300


class BadInput(Exception):  # noqa: N818  azmlinfsrv's name; it is the client that erred
    """The input cannot be what ``run()`` asks for: status 400, the text is the message."""


class UnsupportedInput(Exception):  # noqa: N818  likewise
    """The content type cannot be what ``run()`` asks for: status 415, the text is the message."""


class InputKind(Enum):
    """What ``run()`` is given."""

    TEXT = "text"
    RAW = "raw"
    SCHEMA = "schema"


@dataclass(frozen=True)
class RunSignature:
    """How ``run()`` wants to be called.

    Attributes:
        kind: the form of the input.
        parameters: the parameters for the input, the first of them the one for text and for a raw request.
        wants_headers: ``run()`` has a parameter ``request_headers``.
        strict: a body that is no JSON for another reason than its syntax is an error of the server, as in azmlinfsrv.
    """

    kind: InputKind
    parameters: tuple[inspect.Parameter, ...]
    wants_headers: bool
    strict: bool = False

    @cached_property
    def name(self) -> str:
        """The first parameter's name."""
        return self.parameters[0].name

    @classmethod
    def of(cls, run: Callable[..., Any], *, raw: bool, strict: bool = False) -> RunSignature:
        """Read the signature and the decorators of `run`.

        Args:
            run: the script's function.
            raw: it is to be taken as decorated with ``@rawhttp``.
            strict: see the attribute.

        Raises:
            StartupError: it cannot be called by the server.
        """
        everything = tuple(inspect.signature(run).parameters.values())
        if any(each.kind not in {each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD} for each in everything):
            raise StartupError("run() cannot accept positional-only arguments, *args, or **kwargs.")
        parameters = tuple(each for each in everything if each.name != "request_headers")
        wants_headers = len(parameters) < len(everything)
        if not parameters and wants_headers:
            raise StartupError('run() needs to accept an argument other than "request_headers".')
        if not parameters:
            raise StartupError("run() needs to accept an argument for input data.")
        return cls(_kind(run, raw=raw), parameters, wants_headers, strict)

    def describe(self) -> str:
        """The line that azmlinfsrv logs about `run` at start."""
        if self.kind is InputKind.RAW:
            return "run() is decorated with @rawhttp. Server will invoke it with the flask request object."
        if self.kind is InputKind.TEXT:
            return "run() is not decorated. Server will invoke it with the input in JSON string."
        names = ", ".join(each.name for each in self.parameters)
        return f"run() is decorated with @input_schema. Server will invoke it with the following arguments: {names}."

    def from_body(self, body: bytes, *, is_json: bool) -> dict[str, Any]:
        """The arguments that the body of a POST gives.

        Raises:
            BadInput: it is not UTF-8, not JSON, no object, or lacks a parameter.
            UnsupportedInput: ``run()`` has a schema and the content type is not JSON.
        """
        if self.kind is InputKind.TEXT:
            return {self.name: text(body)}
        if not is_json:
            raise UnsupportedInput("Expects Content-Type to be application/json")
        return self._by_name(_json_object(body, json.JSONDecodeError if self.strict else (ValueError, RecursionError)))

    def from_query(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that the query of a GET gives, decoded by `query_values`; raises BadInput as `from_body`."""
        return {self.name: json.dumps(query)} if self.kind is InputKind.TEXT else self._by_name(query)

    def _by_name(self, values: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {each.name: values.get(each.name, each.default) for each in self.parameters}
        for name, value in arguments.items():
            if value is inspect.Parameter.empty:
                raise BadInput(f"A value is not provided for the {name!r} parameter.")
        return arguments


def raw_requested(run: Callable[..., Any], marks: RawMarks, *, strict: bool) -> bool:
    """Whether `run` is to get the request itself.

    Args:
        run: the script's function.
        marks: made before the script was imported.
        strict: azmlinfsrv's rule, by which one decorated function anywhere is enough.
    """
    return marks.any_applied() if strict else is_marked(run) or marks.real_flag()


def text(body: bytes) -> str:
    """The body as text; raises BadInput where it is not UTF-8."""
    try:
        return str(body, "utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"Input cannot be decoded as UTF-8: {error}") from None


def query_values(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Decode a query as if it were input: each value as JSON if it is JSON, a repeated name as a list.

    >>> query_values([("a", "1"), ("b", "x"), ("c", "[1,2]"), ("a", "2")])
    {'a': [1, 2], 'b': 'x', 'c': [1, 2]}
    """
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(_json_or_text(value))
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def schema_mismatch(error: BaseException, run: Callable[..., Any]) -> str | None:
    """The message for the client when inference-schema, not the script, raised `error`; else None.

    The decorators convert the input before they call the script's function. So the input was at fault when the
    traceback goes through the conversion and never reaches that function.
    """
    own_code = getattr(inspect.unwrap(run), "__code__", None)
    parameter = None
    for frame in _frames(error.__traceback__):
        if frame.f_code is own_code:
            return None
        if parameter is None and frame.f_code.co_name == "_deserialize_input_argument":
            parameter = frame.f_locals.get("param_name")
    if parameter is None:
        return None
    return f"The value of {parameter!r} does not fit the schema of run(): {_reason(error)}.{_expected(run, parameter)}"


def _frames(traceback: TracebackType | None) -> Iterable[Any]:
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _reason(error: BaseException) -> str:
    kind = type(error).__name__
    reason = f"{kind}: {error}" if isinstance(error, KeyError) or not str(error) else str(error)
    return reason.rstrip(".")


def _expected(run: Callable[..., Any], parameter: str) -> str:
    schema = schema_registry.input_schema(run)
    described = schema.get("properties", {}).get(parameter)
    if not described:
        return ""
    example = json.dumps(schema.get("example", {}).get(parameter), default=str)
    if len(example) > _EXAMPLE_LENGTH:
        example = f"{example[:_EXAMPLE_LENGTH]}…"
    return f" Expected: {described.get('type', 'a value')}, for example {example}"


def _kind(run: Callable[..., Any], *, raw: bool) -> InputKind:
    decorated = schema_registry.is_decorated(run)
    if raw and decorated:
        raise StartupError("run() cannot be decorated with both @rawhttp and @input_schema")
    if raw:
        return InputKind.RAW
    return InputKind.SCHEMA if decorated else InputKind.TEXT


def _json_object(body: bytes, errors: type[Exception] | tuple[type[Exception], ...]) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except errors as error:
        if not body:
            raise BadInput("POST body is empty. Expecting a JSON dictionary.") from None
        raise BadInput(f"POST body could not be decoded as JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadInput("POST body should be a JSON dictionary.")
    return value


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
