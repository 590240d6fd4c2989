"""The WSGI callable in front of Flask: a plain ``POST /score`` and ``GET /`` answered without it, to the byte alike.

Flask costs some 150 microseconds a request, ten times what everything else here costs together, and 150 ms of the
start. So it is imported only when a request needs it, and after ``init()`` in the background so that none has to wait.

Whatever is out of the ordinary (chunked bodies, decorated functions, CORS, a script that uses Flask's request) takes
the way through Flask. tests/unit/inference_server/test_both_paths.py holds the two to the same answers.
"""

from __future__ import annotations

import io
import logging
import threading
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

from inference_server.exchange import (
    CUT_SHORT,
    development_headers,
    health,
    ids_of,
    is_local,
    observe,
    trace_headers,
    version_headers,
)
from inference_server.inputs import InputKind, RunSignature, text
from inference_server.metrics import Phase
from inference_server.results import INTERNAL_ERROR, Reply, error_reply
from inference_server.streaming import StreamReply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import flask
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from inference_server.engine import Answer, ScoringEngine
    from inference_server.request_ids import RequestIds

__all__ = ["create_wsgi"]

_logger = logging.getLogger("azmlinfsrv")

_STATUS_LINES = {status.value: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus}


def create_wsgi(engine: ScoringEngine) -> WSGIApplication:
    """The whole server as one WSGI application; raises StartupError for an origin that cannot be allowed."""
    return _FastPath(engine)


class _FastPath:
    """Answers what is plain, passes on what is not."""

    def __init__(self, engine: ScoringEngine) -> None:
        self._engine = engine
        self._flask = _LazyFlask(engine)
        self._strict = engine.settings.strict
        self._dev = engine.settings.dev
        self._version = version_headers(engine)
        self._cors = bool(engine.settings.cors_origins)
        if self._cors:
            from inference_server.cors import Cors

            Cors(engine.settings.cors_origins)  # now is the time to find an origin that cannot be

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/score" and environ["REQUEST_METHOD"] == "POST" and self._is_plain(environ):
            return self._score(environ, start_response)
        if path == "/" and environ["REQUEST_METHOD"] == "GET" and not (self._cors or environ.get("SCRIPT_NAME")):
            return self._health(environ, start_response)
        return self._flask(environ, start_response)

    def _is_plain(self, environ: WSGIEnvironment) -> bool:
        engine = self._engine
        return (
            engine.phase is Phase.READY
            and engine.binding.plain
            and not self._cors
            and not engine.request_listeners
            and "wsgi.input_terminated" in environ
            and "HTTP_TRANSFER_ENCODING" not in environ
            and not environ.get("SCRIPT_NAME")
            and not (self._strict and "form" in environ.get("CONTENT_TYPE", "").lower())
        )

    def _score(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        engine = self._engine
        engine.slot.enter()
        ids = ids_of(environ)
        try:
            answer = self._answer(environ) if ids.error is None else error_reply(431, ids.error)
        except Exception:
            _logger.exception("Encountered Exception: ")
            answer = error_reply(500, INTERNAL_ERROR)
        seconds = perf_counter() - began
        if isinstance(answer, Reply):
            length: int | str = len(answer.body)
            body: Iterable[bytes] = [answer.body]
        elif isinstance(answer, StreamReply):
            length, body = "N/A", answer.body
        else:
            return self._send_response(answer, ids, seconds, environ, start_response)
        self._observe(environ, ids, answer.status, seconds, length)
        start_response(_STATUS_LINES[answer.status], self._with_common(answer.headers, ids, environ))
        return body

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        body = environ["wsgi.input"].read()
        promised = environ.get("CONTENT_LENGTH")
        if promised and promised.isdecimal() and len(body) < int(promised):
            return error_reply(400, CUT_SHORT)
        return self._engine.score(_arguments_of(environ, body), local=self._dev and is_local(environ))

    def _send_response(
        self,
        response: flask.Response,
        ids: RequestIds,
        seconds: float,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Send a response that the script made itself."""
        from inference_server.app import add_common_headers, body_length

        self._observe(environ, ids, response.status_code, seconds, body_length(response))
        add_common_headers(response, self._engine, ids, environ)
        return response(environ, start_response)

    def _observe(
        self, environ: WSGIEnvironment, ids: RequestIds, status: int, seconds: float, length: int | str
    ) -> None:
        logged = ids.error is None or not self._strict
        observe(self._engine, environ, status, seconds, length, logged=logged)

    def _health(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        ids = ids_of(environ)
        if ids.error is None:
            status, message = health(self._engine, environ)
            body = message.encode()
            headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
        else:
            status, headers, body = error_reply(431, ids.error)
        start_response(_STATUS_LINES[status], self._with_common(headers, ids, environ))
        return [body]

    def _with_common(
        self, headers: list[tuple[str, str]], ids: RequestIds, environ: WSGIEnvironment
    ) -> list[tuple[str, str]]:
        headers += self._version
        headers += ids.headers()
        if "HTTP_TRACEID" in environ:
            headers += trace_headers(environ)
        if self._dev:
            headers += development_headers(self._engine)
        return headers


class _LazyFlask:
    """The Flask application, made when it is first needed, or in the background once the script is ready."""

    def __init__(self, engine: ScoringEngine) -> None:
        self._engine = engine
        self._making = threading.Lock()
        self._application: WSGIApplication | None = None
        engine.ready_listeners.append(self._warm)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return (self._application or self._made())(environ, start_response)

    def _made(self) -> WSGIApplication:
        with self._making:
            if self._application is None:
                from inference_server.app import create_app

                self._application = create_app(self._engine).wsgi_app
            return self._application

    def _warm(self) -> None:
        threading.Thread(target=self._made, name="flask-warm-up", daemon=True).start()


def _arguments_of(environ: WSGIEnvironment, body: bytes) -> Callable[[RunSignature], dict[str, Any]]:
    def arguments(signature: RunSignature) -> dict[str, Any]:
        if signature.kind is InputKind.TEXT and not signature.wants_headers:
            return {signature.name: text(body)}
        # A live update has changed run() while this request waited for its turn.
        from inference_server import app
        from inference_server.http_types import AMLRequest

        environ["wsgi.input"] = io.BytesIO(body)
        return app.arguments_of(AMLRequest(environ), body)(signature)

    return arguments
