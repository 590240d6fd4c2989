"""A deployment of a script of eight lines, served in a container with a debugger."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.docker_engine import require_image
from tests.support.typing_commands import typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LINE", "ask", "shop_in_a_container"]

_DEPLOYMENT = """\
name: blue
endpoint_name: shop
code_configuration: {code: src, scoring_script: score.py}
environment: {image: IMAGE}
instance_type: Standard_DS3_v2
instance_count: 1
request_settings: {request_timeout_ms: 90000}
"""
_SCRIPT = """\
import json

def init():
    pass

def run(data):
    number = json.loads(data)["number"]
    return {"twice": 2 * number}
"""
LINE = 8
"""Of the script, where `number` is known."""


@contextmanager
def shop_in_a_container(folder: Path) -> Iterator[None]:
    """Deploy it to the endpoint `shop` of the workspace `folder`; afterwards nothing of it runs."""
    files = {
        "endpoint.yml": "name: shop\nauth_mode: key\n",
        "blue-deployment.yml": _DEPLOYMENT.replace("IMAGE", require_image()),
        "src/score.py": _SCRIPT,
        "sample-request.json": '{"number": 21}',
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    try:
        _do(folder, "online-endpoint create -f endpoint.yml")
        _do(folder, "online-deployment create -f blue-deployment.yml --all-traffic --runtime docker --dev")
        yield
    finally:
        typed(["online-endpoint", "delete", "-n", "shop", "--yes"], folder)
        _do(folder, "down")


def _do(folder: Path, line: str) -> None:
    done = typed(line.split(), folder)
    assert done.code == 0, f"{line}\n{done.out}{done.err}"


def ask(folder: Path) -> subprocess.Popen[bytes]:
    """Send the request through the gateway; the answer is what the process prints."""
    words = ["online-endpoint", "invoke", "-n", "shop", "--request-file", "sample-request.json"]
    return subprocess.Popen([sys.executable, "-m", "devkit", *words], cwd=folder, stdout=subprocess.PIPE)
