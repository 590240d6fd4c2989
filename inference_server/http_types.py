"""``AMLRequest``, ``AMLResponse`` and ``rawhttp``: what a ``score.py`` imports to work with HTTP itself.

They behave as azmlinfsrv 1.5.1's of the same names (read and observed 2026-11-21), except that an ``AMLRequest`` can be
built, so that a unit test of ``score.py`` can hand one to ``run()``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Request, Response

from inference_server.rawhttp import rawhttp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["AMLRequest", "AMLResponse", "rawhttp"]


class AMLRequest(Request):
    """The request that ``run()`` gets under ``@rawhttp``: a Flask request.

    In a test of a script, build one from its parts::

        AMLRequest(data=b"...", headers={"Content-Type": "image/png"})
        AMLRequest(method="GET", query_string="a=1")
        AMLRequest(json={"data": [1, 2]})

    Args:
        environ: a WSGI environment; the other arguments are then not looked at. What the server passes.
        populate_request: as in Flask's ``Request``.
        shallow: as in Flask's ``Request``.
        method: HTTP method.
        path: path without the query.
        query_string: text after the question mark, or a mapping of its parameters.
        data: body, or a mapping of form fields and files.
        json: value to send as a JSON body, with its content type.
        headers: header names and values.
    """

    def __init__(  # noqa: PLR0913  a request has that many parts
        self,
        environ: dict[str, Any] | None = None,
        populate_request: bool = True,
        shallow: bool = False,
        *,
        method: str = "POST",
        path: str = "/score",
        query_string: str | Mapping[str, str] | None = None,
        data: bytes | str | Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if environ is None:
            from werkzeug.test import EnvironBuilder

            builder = EnvironBuilder(
                path,
                method=method,
                query_string=query_string,
                data=data,
                json=json,
                headers=dict(headers or {}).items(),
            )
            environ = builder.get_environ()
        super().__init__(environ, populate_request, shallow)


class AMLResponse(Response):
    """A response of ``run()`` with its own status and headers.

    Args:
        message: the body, or what becomes the body as JSON; None gives an empty JSON object.
        status_code: HTTP status. From 500 on the reply says that the run function failed.
        response_headers: names and values; a comma in a value separates repeated headers.
        json_str: encode `message` as JSON.
        run_function_failed: value of the header ``x-ms-run-function-failed``.
    """

    def __init__(
        self,
        message: Any,
        status_code: int,
        response_headers: Mapping[str, str] | None = None,
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        headers = response_headers or {}
        if message is None or json_str:
            body = json.dumps({} if message is None else message)
            super().__init__(body, status=status_code, mimetype="application/json")
        else:
            super().__init__(message, status=status_code)
            if "Content-Type" in headers:
                self.headers.remove("Content-Type")
        self.headers["x-ms-run-function-failed"] = str(run_function_failed)
        self._add_headers(headers.items())

    def _add_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        for name, value in headers:
            for part in value.split(","):
                self.headers.add_header(name, part.strip())
