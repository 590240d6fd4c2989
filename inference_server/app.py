"""The Flask application: every route of the server.

Routes, methods, statuses, bodies, headers and their order are azmlinfsrv 1.5.1's (read and observed 2026-11-21);
docs/compatibility.md lists what is added or different on purpose.
"""

from __future__ import annotations

import io
import json
import logging
from time import perf_counter
from typing import TYPE_CHECKING, Any

import flask
from flask import g, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed
from werkzeug.wsgi import get_input_stream

from inference_server import metrics
from inference_server.cors import Cors
from inference_server.exchange import (
    CUT_SHORT,
    development_headers,
    health,
    ids_of,
    is_local,
    is_probe,
    observe,
    trace_headers,
    version_headers,
)
from inference_server.http_types import AMLRequest, AMLResponse
from inference_server.inputs import InputKind, RunSignature, query_values
from inference_server.metrics import Phase
from inference_server.results import INTERNAL_ERROR, Reply, error_reply, json_reply
from inference_server.streaming import StreamReply
from inference_server.swagger import SwaggerVersionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import WSGIEnvironment

    from inference_server.engine import Answer, ScoringEngine
    from inference_server.request_ids import RequestIds

__all__ = ["add_common_headers", "arguments_of", "body_length", "create_app"]

_logger = logging.getLogger("azmlinfsrv")


def create_app(engine: ScoringEngine) -> flask.Flask:
    """The application that serves `engine`; raises StartupError for an origin that cannot be allowed."""
    app = flask.Flask("inference_server", static_folder=None)
    if not engine.settings.strict:
        app.request_class = AMLRequest
    routes = _Routes(engine)
    app.add_url_rule("/", view_func=routes.health, methods=["GET"])
    app.add_url_rule(
        "/score", view_func=routes.score, methods=["GET", "POST", "OPTIONS"], provide_automatic_options=False
    )
    app.add_url_rule("/swagger.json", view_func=routes.swagger, methods=["GET"])
    if not engine.settings.strict:
        app.add_url_rule("/livez", view_func=routes.live, methods=["GET"])
        app.add_url_rule("/readyz", view_func=routes.ready, methods=["GET"])
        app.add_url_rule("/metrics", view_func=routes.metrics, methods=["GET"])
    frame = _Frame(engine)
    app.before_request(frame.open)
    app.after_request(frame.close)
    app.register_error_handler(HTTPException, frame.refuse)
    app.register_error_handler(Exception, frame.fail)
    return app


class _Routes:
    """What each route answers."""

    def __init__(self, engine: ScoringEngine) -> None:
        self._engine = engine

    def health(self) -> flask.Response:
        """``/``: the probe that Azure asks; azmlinfsrv's hangs during ``init()``, this one says so."""
        status, body = health(self._engine, request.environ)
        return flask.Response(body, status)

    def score(self) -> flask.Response:
        """``/score``: the model; only ``@rawhttp`` takes other methods than GET and POST."""
        engine = self._engine
        if request.method not in {"GET", "POST"}:
            engine.wait_settled()
            if engine.phase is Phase.READY and engine.binding.signature.kind is not InputKind.RAW:
                return self._other_method()
        body = _buffered_body(request.environ)
        arguments = arguments_of(_handed_out(engine), body, forms_too=not engine.settings.strict)
        return _response(engine.score(arguments, local=is_local(request.environ)))

    def _other_method(self) -> flask.Response:
        if request.method == "OPTIONS":
            return AMLResponse("", 200)
        refusal = _response(error_reply(405, "Method not allowed"))
        return refusal if self._engine.settings.strict else _allowing(refusal, ["GET", "OPTIONS", "POST"])

    def swagger(self) -> flask.Response:
        """``/swagger.json``: the description of ``/score``."""
        engine = self._engine
        engine.wait_settled()
        if engine.phase is Phase.FAILED:
            return _response(error_reply(503, "The scoring script failed to start."))
        try:
            document = engine.binding.swagger.get(request.args.get("version"))
        except SwaggerVersionError as error:
            return _response(error_reply(404, str(error)))
        return _response(json_reply(document))

    def live(self) -> flask.Response:
        """``/livez``: the process answers."""
        return flask.Response("alive", 200, mimetype="text/plain")

    def ready(self) -> flask.Response:
        """``/readyz``: the server as a whole is ready; else the reason."""
        engine = self._engine
        workers, whole = engine.board.states(), engine.board.readiness()
        body = {
            "status": whole.phase.value,
            "reason": engine.reason(local=is_local(request.environ)) if engine.settings.dev else whole.reason,
            "generation": max(worker.generation for worker in workers),
            "reload_error": engine.reload_error,
            "workers": [worker.phase.value for worker in workers],
        }
        status = 200 if whole.phase is Phase.READY else 503
        return flask.Response(json.dumps(body), status, mimetype="application/json")

    def metrics(self) -> flask.Response:
        """``/metrics``: the counters of all workers, added up."""
        return flask.Response(self._engine.board.render(), 200, content_type=metrics.CONTENT_TYPE)


class _Frame:
    """What surrounds every route: ids, the common headers, the log line, the metrics, errors as JSON."""

    def __init__(self, engine: ScoringEngine) -> None:
        self._engine = engine
        self._strict = engine.settings.strict
        self._cors = Cors(engine.settings.cors_origins) if engine.settings.cors_origins else None

    def open(self) -> flask.Response | None:
        """Before the route: the ids, and the 431 when they are too long."""
        g.began = perf_counter()
        g.ids = ids = ids_of(request.environ)
        if not is_probe(request.path):
            self._engine.slot.enter()
        if request.routing_exception is not None or ids.error is None:  # a 404 or 405 comes before a 431
            return None
        return _response(error_reply(431, ids.error))

    def close(self, response: flask.Response) -> flask.Response:
        """After the route, in azmlinfsrv's order: CORS, the log line, the version, the ids."""
        known = request.routing_exception is None
        if known and self._cors is not None and "Access-Control-Allow-Origin" not in response.headers:
            response.headers.extend(self._cors.headers(request.method, dict(request.headers)))
        seconds = perf_counter() - g.began
        self._observe(response, seconds, known=known)
        add_common_headers(response, self._engine, g.ids, request.environ, known=known)
        for listener in self._engine.request_listeners:
            listener(request, response, seconds)
        return response

    def _observe(self, response: flask.Response, seconds: float, *, known: bool) -> None:
        if is_probe(request.path):
            return
        # azmlinfsrv logs what its own functions answered: no wrong method, no long id, no OPTIONS that Flask answers.
        by_flask = request.method == "OPTIONS" and request.path != "/score"
        logged = (known and g.ids.error is None and not by_flask) or not self._strict
        status, length = response.status_code, body_length(response)
        observe(self._engine, request.environ, status, seconds, length, logged=logged)

    def refuse(self, error: HTTPException) -> flask.Response:
        """A 404, a 405 and their like, as JSON."""
        response = _response(error_reply(error.code or 500, error.description or ""))
        if self._strict or not isinstance(error, MethodNotAllowed):
            return response
        without = {"HEAD"} if request.path == "/score" else set()
        return _allowing(response, set(error.valid_methods or ()) - without)

    def fail(self, error: Exception) -> flask.Response:
        """A mistake of this server's: logged whole, answered without a word of it."""
        _logger.error("Encountered Exception: ", exc_info=error)
        return _response(error_reply(500, INTERNAL_ERROR))


def arguments_of(
    request: flask.Request, body: bytes, *, forms_too: bool = True
) -> Callable[[RunSignature], dict[str, Any]]:
    """What makes the arguments of ``run()`` from a request and its whole body.

    Without `forms_too` the body of a form is empty text, as in azmlinfsrv, where Flask has parsed it.
    """

    def arguments(signature: RunSignature) -> dict[str, Any]:
        if signature.kind is InputKind.RAW:
            values: dict[str, Any] = {signature.name: request}
        elif request.method == "GET":
            values = signature.from_query(query_values(request.args.items(multi=True)))
        else:
            whole = body if forms_too or signature.kind is not InputKind.TEXT else request.data
            values = signature.from_body(whole, is_json=request.is_json)
        if signature.wants_headers:
            values["request_headers"] = dict(request.headers)
        return values

    return arguments


def add_common_headers(
    response: flask.Response, engine: ScoringEngine, ids: RequestIds, environ: WSGIEnvironment, *, known: bool = True
) -> None:
    """Add the version, the ids, ``TraceId`` and development's headers, in this order.

    Args:
        response: the answer.
        engine: whose settings and live updates the headers tell.
        ids: the request's.
        environ: the request's.
        known: the route exists and takes the method.
    """
    headers = response.headers
    headers.extend(version_headers(engine) if known else ())
    if known or not engine.settings.strict:
        for name, value in ids.headers():
            headers[name] = value  # a script cannot choose them
        headers.extend(trace_headers(environ))
    headers.extend(development_headers(engine))


def body_length(response: flask.Response) -> int | str:
    """The length for the log line: bytes, or N/A for a stream."""
    return "N/A" if response.is_streamed else response.calculate_content_length() or 0


def _handed_out(engine: ScoringEngine) -> flask.Request:
    """Azmlinfsrv hands out Flask's proxy, which is no AMLRequest and means nothing once the request is over."""
    if engine.settings.strict:
        return request
    current: flask.Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  werkzeug's documented way
    return current


def _buffered_body(environ: WSGIEnvironment) -> bytes:
    """Read the body before the request has its turn, so that a slow client does not keep others from theirs.

    It is put back for a script that reads the stream itself. Raises ClientDisconnected when it is cut short.
    """
    body = get_input_stream(environ).read()
    promised = environ.get("CONTENT_LENGTH") or "0"
    if promised.isdecimal() and len(body) < int(promised):
        raise ClientDisconnected(CUT_SHORT)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.input_terminated"] = True
    return body


def _allowing(response: flask.Response, methods: Iterable[str]) -> flask.Response:
    response.headers["Allow"] = ", ".join(sorted(methods))
    return response


def _response(answer: Answer) -> flask.Response:
    if isinstance(answer, Reply | StreamReply):
        return flask.Response(answer.body, answer.status, answer.headers)
    return answer
