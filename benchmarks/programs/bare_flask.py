"""Flask with one route, and nothing else."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask, jsonify, request
from model import run

ONE_RUN = threading.Lock()
app = Flask(__name__)


@app.post("/score")
def score() -> Any:
    """Answer with run()."""
    data = request.get_data(as_text=True)
    with ONE_RUN:
        result = run(data)
    return jsonify(result)
