"""The deployment that is measured: a model, a script whose ``init()`` takes a known time, and its documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ENDPOINT", "IMAGE", "INIT_S", "write"]

ENDPOINT = "bench"
INIT_S = 0.5
"""Seconds that the script's own init() takes: what is measured is what comes on top."""
IMAGE = "devkit-test/inference:latest"
"""The image that `make test-docker` builds: the layout of Azure's images, with the genuine server under runit."""

_SCORE = f"""\
import time


def init():
    time.sleep({INIT_S})


def run(data):
    return "ready"
"""
_DEPLOYMENT = f"""\
name: blue
endpoint_name: {ENDPOINT}
model:
  path: model
code_configuration:
  code: src
  scoring_script: score.py
environment:
  image: {IMAGE}
instance_type: Standard_DS3_v2
instance_count: 1
"""


def write(folder: Path) -> None:
    """Write it into an empty folder."""
    texts = {
        "endpoint.yml": f"name: {ENDPOINT}\nauth_mode: key\n",
        "blue.yml": _DEPLOYMENT,
        "src/score.py": _SCORE,
        "model/weights.txt": "7\n",
        "request.json": "{}\n",
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
