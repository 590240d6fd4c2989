"""app: the routes, and what is answered differently from azmlinfsrv on purpose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from inference_server.app import create_app
from inference_server.engine import ScoringEngine
from inference_server.errors import StartupError
from inference_server.fast_path import create_wsgi
from inference_server.metrics import MetricsBoard, Phase
from inference_server.settings import Settings
from tests.contract.model import Request
from tests.support.wsgi import ask, post, serving

if TYPE_CHECKING:
    from pathlib import Path

ECHO = "def init(): pass\ndef run(data):\n    return data\n"
RAW = "from azureml.contrib.services.aml_request import AMLRequest, rawhttp\ndef init(): pass\n@rawhttp\n"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")


def get(engine: ScoringEngine, path: str, method: str = "GET") -> tuple[str, dict[str, str], bytes]:
    answer = ask(create_app(engine).wsgi_app, Request("get", method, path))
    return answer.status, dict(answer.headers), answer.body


def test_livez_answers_before_the_script_is_ready(tmp_path: Path) -> None:
    """/livez says that the process answers, whatever the script does."""
    engine = ScoringEngine(Settings(entry_script=tmp_path / "score.py", app_root=tmp_path))
    assert get(engine, "/livez")[::2] == ("200 OK", b"alive")


def test_readyz_speaks_for_every_worker(tmp_path: Path) -> None:
    """/readyz is 200 only when each worker that is asked is ready, and gives the reason of the one that is not."""
    board = MetricsBoard.create(2)
    board.slot(1).accepting = True
    (tmp_path / "score.py").write_text(ECHO)
    engine = ScoringEngine(Settings(entry_script=tmp_path / "score.py", app_root=tmp_path), board, 0)
    engine.start()
    status, headers, body = get(engine, "/readyz")
    assert (status, headers["Content-Type"]) == ("503 SERVICE UNAVAILABLE", "application/json")
    assert json.loads(body)["workers"] == ["ready", "starting"]
    board.slot(1).set_phase(Phase.FAILED, "init() raised")
    assert json.loads(get(engine, "/readyz")[2])["reason"] == "init() raised"
    board.slot(1).set_phase(Phase.READY)
    assert get(engine, "/readyz")[0] == "200 OK"


def test_readyz_tells_of_a_failed_reload(tmp_path: Path) -> None:
    """A live update that did not take leaves the server ready and is told with its reason."""
    with serving(tmp_path, ECHO, dev=True) as engine:
        engine.reload_error = "score.py:3: SyntaxError"
        status, _, body = get(engine, "/readyz")
    assert status == "200 OK"
    assert json.loads(body)["reload_error"] == "score.py:3: SyntaxError"


def test_metrics_are_prometheus_text(tmp_path: Path) -> None:
    """/metrics gives the counters of the whole board; probes and /metrics itself are not counted."""
    with serving(tmp_path, ECHO) as engine:
        for path in ("/", "/livez", "/readyz", "/metrics"):
            get(engine, path)
        status, headers, body = get(engine, "/metrics")
    assert (status, headers["Content-Type"]) == ("200 OK", "text/plain; version=0.0.4; charset=utf-8")
    assert b"infsrv_request_duration_seconds_count 0\n" in body


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_strict_has_no_routes_of_our_own(tmp_path: Path, path: str) -> None:
    """Under --strict there are azmlinfsrv's three routes and no other."""
    with serving(tmp_path, ECHO, strict=True) as engine:
        assert get(engine, path)[0] == "404 NOT FOUND"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/", "GET, HEAD, OPTIONS"),
        ("PUT", "/score", "GET, OPTIONS, POST"),
        ("HEAD", "/score", "GET, OPTIONS, POST"),
    ],
)
def test_refused_methods_come_with_ids_and_allow(tmp_path: Path, method: str, path: str, allow: str) -> None:
    """A 405 says what is allowed and bears the ids; under --strict it has neither, as in azmlinfsrv."""
    with serving(tmp_path, ECHO) as engine:
        status, headers, _ = get(engine, path, method)
        assert (status, headers["Allow"]) == ("405 METHOD NOT ALLOWED", allow)
        assert headers["x-request-id"] == headers["x-ms-request-id"] != ""
    with serving(tmp_path, ECHO, strict=True) as engine:
        assert "Allow" not in get(engine, path, method)[1]


def test_unknown_paths_bear_ids(tmp_path: Path) -> None:
    """A 404 has the ids too."""
    with serving(tmp_path, ECHO) as engine:
        status, headers, _ = get(engine, "/score/")
    assert (status, "x-request-id" in headers) == ("404 NOT FOUND", True)


def test_form_bodies_reach_the_script(tmp_path: Path) -> None:
    """Curl -d without a content type sends a form; the script gets its text, under --strict the empty one."""
    for flags, expected in (({}, b'"{\\"a\\": 1}"'), ({"strict": True}, b'""')):
        with serving(tmp_path, ECHO, **flags) as engine:
            assert post(engine, '{"a": 1}', FORM).body == expected


def test_raw_scripts_get_an_aml_request_of_their_own(tmp_path: Path) -> None:
    """Under @rawhttp isinstance(request, AMLRequest) holds, and form, files, body and stream can all be read."""
    source = RAW + (
        "def run(request):\n    kind = request.args['read']\n"
        "    value = {'form': lambda: dict(request.form), 'data': lambda: request.get_data(as_text=True),\n"
        "             'stream': lambda: request.stream.read().decode()}[kind]()\n"
        "    return [isinstance(request, AMLRequest), value]\n"
    )
    with serving(tmp_path, source) as engine:
        answers = [
            json.loads(post(engine, "a=1", FORM, path=f"/score?read={kind}").body)
            for kind in ("form", "data", "stream")
        ]
    assert answers == [[True, {"a": "1"}], [True, "a=1"], [True, "a=1"]]


def test_only_a_raw_run_is_raw(tmp_path: Path) -> None:
    """A raw helper leaves run() as it is; under --strict it makes run() raw, as in azmlinfsrv."""
    source = RAW + "def other(request): pass\ndef run(data):\n    return type(data).__name__\n"
    with serving(tmp_path, source) as engine:
        assert post(engine, "x").body == b'"str"'
    with serving(tmp_path, source, strict=True) as engine:
        assert post(engine, "x").body == b'"LocalProxy"'


SCHEMA = """
    import numpy as np
    from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
    from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
    from inference_schema.schema_decorators import input_schema

    def init(): pass

    @input_schema("data", NumpyParameterType(np.array([[1.0, 2.0, 3.0]])))
    @input_schema("count", StandardPythonParameterType(1), optional=True)
    def run(data, count=1):
        if count == 13:
            raise ValueError("Invalid input data type to parse. This one is the script's own")
        return [list(data.shape), count]
"""


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        (
            {"data": [[1, 2]]},
            ["'data'", "array has size 2 on dimension #1", "expected value is 3", "[[1.0, 2.0, 3.0]]"],
        ),
        ({"data": [1, 2, 3]}, ["'data'", "an array with 2 dimensions is expected", "Expected: array"]),
        ({"data": [["a", "b", "c"]]}, ["'data'", "could not convert string to float", "Expected: array"]),
        ({"data": 5}, ["'data'", "expected an array of items"]),
        (
            {"data": [[1, 2, 3]], "count": "x"},
            ["'count'", "Expected: <class 'int'> but got <class 'str'>", "example 1"],
        ),
    ],
)
def test_a_wrong_type_is_the_clients_mistake(tmp_path: Path, value: Any, parts: list[str]) -> None:
    """A value that does not fit the schema is a 400 that says what was expected; under --strict a failed script."""
    with serving(tmp_path, SCHEMA) as engine:
        answer = post(engine, json.dumps(value), JSON)
        assert answer.status == "400 BAD REQUEST"
        message = json.loads(answer.body)["message"]
        assert all(part in message for part in parts), message
        assert post(engine, json.dumps({"data": [[1, 2, 3]]}), JSON).body == b"[[1, 3], 1]"
    with serving(tmp_path, SCHEMA, strict=True) as engine:
        assert post(engine, json.dumps(value), JSON).status == "500 INTERNAL SERVER ERROR"


def test_an_error_of_a_decorated_script_is_its_own(tmp_path: Path) -> None:
    """A ValueError raised in run() itself is a 500, however it reads."""
    with serving(tmp_path, SCHEMA) as engine:
        assert post(engine, '{"data": [[1, 2, 3]], "count": 13}', JSON).status == "500 INTERNAL SERVER ERROR"


def test_flask_can_be_used_in_run(tmp_path: Path) -> None:
    """A script that uses Flask's own request gets it, as it does in azmlinfsrv."""
    source = "import flask\ndef init(): pass\ndef run(data):\n    return flask.request.headers['X-Own']\n"
    with serving(tmp_path, source) as engine:
        assert post(engine, "x", ("X-Own", "yes")).body == b'"yes"'


def test_an_impossible_origin_stops_the_start(tmp_path: Path) -> None:
    """An origin that cannot be a pattern is found before the first request, in both ways to build the application."""
    engine = ScoringEngine(Settings(app_root=tmp_path, cors_origins=("https://(one",)))
    for build in (create_app, create_wsgi):
        with pytest.raises(StartupError):
            build(engine)


def test_a_mistake_of_ours_is_a_500_without_a_word_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception of the server itself is logged whole and answered with azmlinfsrv's text, in both paths."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    with serving(tmp_path, ECHO) as engine:
        monkeypatch.setattr(engine, "score", broken)
        for application in (create_wsgi(engine), create_app(engine).wsgi_app):
            answer = ask(application, Request("x", body=b"x"))
            assert answer.status == "500 INTERNAL SERVER ERROR"
            assert b"An unexpected internal error occurred" in answer.body
            assert b"secret" not in answer.body
    assert caplog.text.count("RuntimeError: secret") == 2


def test_a_cut_body_does_not_reach_the_script(tmp_path: Path) -> None:
    """When the client goes away in mid-body the script is not run on what had arrived."""
    with serving(tmp_path, ECHO) as engine:
        for application in (create_wsgi(engine), create_app(engine).wsgi_app):
            request = Request("cut", headers=(("Content-Length", "100"),), body=b"half")
            assert ask(application, request).status == "400 BAD REQUEST"


def test_listeners_hear_of_requests_and_runs(tmp_path: Path) -> None:
    """Telemetry gets each request with its response, and each good run() with its arguments and result."""
    heard: list[Any] = []
    with serving(tmp_path, ECHO) as engine:
        engine.request_listeners.append(
            lambda request, response, seconds: heard.append((request.path, response.status_code, seconds > 0))
        )
        engine.run_listeners.append(lambda arguments, result: heard.append((arguments, result)))
        post(engine, "x")
    assert heard == [({"data": "x"}, "x"), ("/score", 200, True)]
