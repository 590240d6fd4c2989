"""The fast path and Flask give the same bytes for every request of the corpus, as this server and as azmlinfsrv."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from inference_server.app import create_app
from inference_server.fast_path import create_wsgi
from inference_server.settings import load
from tests.contract.model import SCRIPTS, Request, Service
from tests.contract.services import SERVICES
from tests.support.wsgi import ask, started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.exchange import Answer

# What a server cannot be asked to do twice alike: time, chance, and an exit of the process.
VARYING = re.compile(
    rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|0x[0-9a-f]+|repeated \d+ more"
)
SLOW = {"deadline"}  # the limit is tested in test_engine; here it would only take time

MORE = Service(
    "more",
    "plain.py",
    (
        Request("no length", "POST", body=None),
        Request("query with umlauts", "POST", "/score?a=%C3%A9&b=\xe9", body=b"x"),
        Request("cut body", "POST", headers=(("Content-Length", "10"),), body=b"short"),
        Request("bad length", "POST", headers=(("Content-Length", "x"),), body=b"body"),
        Request("expect", "POST", headers=(("Expect", "100-continue"),), body=b"x"),
        Request("override", "POST", headers=(("X-HTTP-Method-Override", "PUT"),), body=b"x"),
        Request("cookie", "POST", headers=(("Cookie", "session=x"),), body=b"x"),
        Request("health with ids", "GET", "/", (("x-request-id", "r"), ("TraceId", "t"))),
    ),
)


def settings_of(service: Service, folder: Path, *flags: str) -> Any:
    (folder / "score.py").write_bytes((SCRIPTS / service.script).read_bytes())
    for name, content in service.files.items():
        (folder / name).write_text(content)
    return load(["--entry_script", "score.py", *service.flags, *flags], service.env, folder).settings


def comparable(answer: Answer) -> tuple[Any, ...]:
    headers = [
        (name, "ms" if name == "x-ms-run-fn-exec-ms" else VARYING.sub(b"?", value.encode("latin-1")))
        for name, value in answer.headers
    ]
    # Werkzeug makes the Allow of OPTIONS from a set, whose order is that of the interpreter's hash seed.
    return answer.status, headers, VARYING.sub(b"?", answer.body)


@pytest.mark.parametrize("flags", [(), ("--strict",), ("--dev",)], ids=["ours", "strict", "dev"])
@pytest.mark.parametrize("service", [s for s in (*SERVICES, MORE) if s.name not in SLOW], ids=lambda s: s.name)
def test_both_paths_answer_alike(
    service: Service, flags: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status line, headers in their order, and body are the same through the fast path and through Flask alone."""
    monkeypatch.setenv("AZUREML_MODEL_DIR", "model")
    with started(settings_of(service, tmp_path, *flags)) as engine:
        fast, flask = create_wsgi(engine), create_app(engine).wsgi_app
        for request in service.requests:
            if request.in_process:
                assert comparable(ask(fast, request)) == comparable(ask(flask, request)), request.name


def test_responses_of_the_script_are_sent_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What run() makes of AMLResponse and flask.Response is sent alike, also where the fast path is not left for it."""
    monkeypatch.setattr("inference_server.scoring.ScoringScript.mentions_flask", lambda _: False)
    results = next(service for service in SERVICES if service.name == "results")
    with started(settings_of(results, tmp_path)) as engine:
        fast, flask = create_wsgi(engine), create_app(engine).wsgi_app
        for request in results.requests:
            if request.in_process and request.name not in {"flask json", "flask redirect"}:  # they need the context
                assert comparable(ask(fast, request)) == comparable(ask(flask, request)), request.name


def test_the_fast_path_is_taken_by_what_is_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above compares two things: a plain POST and GET / do not reach Flask."""
    with started(settings_of(MORE, tmp_path)) as engine:
        fast = create_wsgi(engine)
        monkeypatch.setattr("inference_server.app.create_app", None)
        assert ask(fast, Request("plain", body=b"x")).status == "200 OK"
        assert ask(fast, Request("health", "GET", "/")).body == b"Healthy"
        with pytest.raises(TypeError):  # no application to be made: this one would have needed it
            ask(fast, Request("swagger", "GET", "/swagger.json"))
