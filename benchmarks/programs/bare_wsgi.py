"""The ceiling: nothing but reading the body, the lock, run() and the answer."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from model import run

if TYPE_CHECKING:
    from collections.abc import Iterable

ONE_RUN = threading.Lock()


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer every request with run()."""
    data = environ["wsgi.input"].read().decode()
    with ONE_RUN:
        result = run(data)
    body = json.dumps(result).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
