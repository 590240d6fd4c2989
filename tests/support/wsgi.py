"""Ask a WSGI application what the corpus asks a server, without a socket."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from textwrap import dedent
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from inference_server.engine import ScoringEngine
from inference_server.fast_path import create_wsgi
from inference_server.settings import Settings
from tests.contract.exchange import Answer
from tests.contract.model import Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed.wsgi import WSGIApplication

__all__ = ["ask", "environ_of", "post", "serving", "started"]


@contextmanager
def started(settings: Settings) -> Iterator[ScoringEngine]:
    """A started engine; what its script did to the process's modules and path is undone."""
    path, modules = list(sys.path), set(sys.modules)
    engine = ScoringEngine(settings)
    try:
        engine.start()
        yield engine
    finally:
        sys.path[:] = path
        folder = str(settings.entry_script.parent) if settings.entry_script else "nowhere"
        for name in set(sys.modules) - modules:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(folder):
                del sys.modules[name]
        engine.close()


def ask(application: WSGIApplication, request: Request) -> Answer:
    """The answer of `application`, as it would go on the wire."""
    sent: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        del exc_info
        sent[:] = [status, headers]

    pieces = application(environ_of(request), start_response)
    try:
        body = b"".join(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    status, headers = sent
    return Answer(status, tuple(headers), body)


def environ_of(request: Request) -> dict[str, Any]:
    """The environment that a server makes of a request."""
    path, _, query = request.path.partition("#")[0].partition("?")
    body = request.body or b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "5001",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost:5001",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value.strip()}" if key in environ else value.strip()
    if request.body is not None:
        environ.setdefault("CONTENT_LENGTH", str(len(body)))
    return environ


@contextmanager
def serving(folder: Path, source: str, **values: Any) -> Iterator[ScoringEngine]:
    """A started engine for a script of this source, in `folder`; `values` are further settings."""
    (folder / "score.py").write_text(dedent(source))
    with started(Settings(entry_script=folder / "score.py", app_root=folder, **values)) as engine:
        yield engine


def post(engine: ScoringEngine, body: bytes | str = b"", *headers: tuple[str, str], path: str = "/score") -> Answer:
    """The answer of the whole application to a POST."""
    request = Request("post", "POST", path, headers, body.encode() if isinstance(body, str) else body)
    return ask(create_wsgi(engine), request)
