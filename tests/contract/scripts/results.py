"""One kind of result for each body: every value that run() may give or raise."""

import datetime as dt
import decimal
import os
import sys

import flask
from azureml.contrib.services.aml_response import AMLResponse


class Unserializable:
    """What the json module has no answer for."""


def generator():
    """Two chunks."""
    yield b"first "
    yield b"second"


def text_generator():
    """Chunks of text, which WSGI servers do not take but werkzeug does."""
    yield "first "
    yield "s\u00e9cond"


def raising_generator():
    """Fail after the head of the answer is on its way."""
    yield b"first "
    raise ValueError("in the middle")


def recurse(depth):
    """Recurse until Python gives up."""
    return recurse(depth + 1) + 1


def fail(error):
    """Raise as an expression."""
    raise error


class OwnError(Exception):
    """A script's own exception."""


RESULTS = {
    "str": lambda: "hello",
    "str empty": lambda: "",
    "str unicode": lambda: "h\u00e9llo \u20ac \U0001f600",
    "str quoted": lambda: 'a "quote" and a \\ and a \n',
    "str json": lambda: '{"already": "json"}',
    "int": lambda: 7,
    "int big": lambda: 2**80,
    "float": lambda: 0.1,
    "float small": lambda: 1e-20,
    "nan": lambda: float("nan"),
    "infinity": lambda: [float("inf"), float("-inf")],
    "true": lambda: True,
    "false": lambda: False,
    "none": lambda: None,
    "list": lambda: [1, "two", 3.0, None, True],
    "list empty": list,
    "tuple": lambda: (1, 2),
    "tuple flask": lambda: ("body", 201, {"x-extra": "1"}),
    "dict": lambda: {"b": 1, "a": [1, {"c": None}]},
    "dict empty": dict,
    "dict other keys": lambda: {1: "int", 2.5: "float", False: "bool", None: "none"},
    "dict tuple key": lambda: {(1, 2): "tuple"},
    "bytes": lambda: b"bytes",
    "set": lambda: {1},
    "object": Unserializable,
    "datetime": lambda: dt.datetime(2026, 1, 2, tzinfo=dt.timezone.utc),
    "decimal": lambda: decimal.Decimal("1.5"),
    "generator": generator,
    "surrogate": lambda: "\ud800",
    "aml str": lambda: AMLResponse("text", 200),
    "aml bytes": lambda: AMLResponse(b"\x00\xff", 200),
    "aml none": lambda: AMLResponse(None, 202),
    "aml none with type": lambda: AMLResponse(None, 200, {"Content-Type": "text/plain"}),
    "aml empty": lambda: AMLResponse("", 204),
    "aml json": lambda: AMLResponse({"a": "\u00e9"}, 201, json_str=True),
    "aml json str": lambda: AMLResponse('{"a": 1}', 200, {}, True),
    "aml list": lambda: AMLResponse(["one", "two"], 200),
    "aml dict": lambda: AMLResponse({"one": 1, "two": 2}, 200),
    "aml headers": lambda: AMLResponse("x", 200, {"x-one": "1", "X-Two": "a, b,c"}),
    "aml content type": lambda: AMLResponse("<p>", 200, {"Content-Type": "application/xhtml+xml"}),
    "aml content type lower": lambda: AMLResponse("<p>", 200, {"content-type": "application/xhtml+xml"}),
    "aml json content type": lambda: AMLResponse({"a": 1}, 200, {"Content-Type": "application/problem+json"}, True),
    "aml header number": lambda: AMLResponse("x", 200, {"x-number": 1}),
    "aml header newline": lambda: AMLResponse("x", 200, {"x-line": "a\nb"}),
    "aml own ids": lambda: AMLResponse("x", 200, {"x-request-id": "mine", "x-ms-request-id": "m", "TraceId": "t"}),
    "aml own exec": lambda: AMLResponse("x", 200, {"x-ms-run-fn-exec-ms": "own", "x-ms-server-version": "own"}),
    "aml own failed": lambda: AMLResponse("x", 200, {"x-ms-run-function-failed": "own"}),
    "aml own failed 500": lambda: AMLResponse("x", 500, {"x-ms-run-function-failed": "own"}),
    "aml failed": lambda: AMLResponse("x", 200, {}, False, True),
    "aml 400": lambda: AMLResponse("bad", 400),
    "aml 404": lambda: AMLResponse({"message": "none"}, 404, json_str=True),
    "aml 499": lambda: AMLResponse("odd", 499),
    "aml 500": lambda: AMLResponse("server", 500),
    "aml 503": lambda: AMLResponse("busy", 503, {"Retry-After": "3"}),
    "aml status str": lambda: AMLResponse("teapot", "418 I am a teapot"),
    "aml status digits": lambda: AMLResponse("made", "201"),
    "aml status bad": lambda: AMLResponse("x", 99),
    "aml unserializable": lambda: AMLResponse(Unserializable(), 200, json_str=True),
    "aml generator": lambda: AMLResponse(generator(), 200),
    "aml text generator": lambda: AMLResponse(text_generator(), 200, {"Content-Type": "text/event-stream"}),
    "flask str": lambda: flask.Response("text"),
    "flask json": lambda: flask.jsonify({"b": 1, "a": 2}),
    "flask 201": lambda: flask.Response("made", 201, {"x-own": "1"}),
    "flask 500": lambda: flask.Response("server", 500),
    "flask 503": lambda: flask.Response("busy", 503),
    "flask empty": lambda: flask.Response(status=204),
    "flask 304": lambda: flask.Response(status=304),
    "flask redirect": lambda: flask.redirect("/elsewhere"),
    "flask bytes": lambda: flask.Response(bytes(range(256)), mimetype="application/octet-stream"),
    "flask generator": lambda: flask.Response(generator(), mimetype="text/plain"),
    "flask own ids": lambda: flask.Response("x", headers={"x-request-id": "mine", "TraceId": "t"}),
    "flask own server": lambda: flask.Response("x", headers={"Server": "mine", "Date": "yesterday"}),
    "flask length": lambda: flask.Response("12345", headers={"Content-Length": "5"}),
    "raise": lambda: fail(ValueError("broken")),
    "raise own": lambda: fail(OwnError("broken")),
    "raise recursion": lambda: recurse(0),
    "raise memory": lambda: fail(MemoryError()),
    "raise assert": lambda: fail(AssertionError()),
    "raise stop iteration": lambda: fail(StopIteration()),
    "abort 418": lambda: flask.abort(418),
    "abort 404": lambda: flask.abort(404),
    "timeout error": lambda: fail(TimeoutError("upstream took too long")),
    "socket timeout": lambda: fail(OSError(110, "Connection timed out")),
    "system exit": lambda: sys.exit(4),
    "keyboard interrupt": lambda: fail(KeyboardInterrupt()),
    "generator exit": lambda: fail(GeneratorExit()),
    "os exit": lambda: os._exit(7),
    "raising generator": lambda: flask.Response(raising_generator()),
}


def init():
    """Load nothing."""


def run(data):
    """Give the result that the body names."""
    return RESULTS[data]()
