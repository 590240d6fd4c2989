"""``make demo`` and ``make serve``, as a newcomer runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from inference_server.servers import sockets
from tests.support.dev_server import ask, wait_until

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "examples" / "demo.py"
EXAMPLE = ROOT / "examples" / "sklearn"


def test_the_demo_shows_new_code_answering_with_the_model_kept() -> None:
    """The tour trains if need be, predicts, edits, sees the new code answer without a second load, and exits 0."""
    before = (EXAMPLE / "src" / "score.py").read_bytes()
    tour = subprocess.run([sys.executable, DEMO], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert re.search(r'"predictions": \[212\.8, 68\.0\]', tour.stdout)
    assert re.search(r'"predictions": \[213, 68\], "rounded": true', tour.stdout)
    assert re.search(
        r"the new code answered \d+ ms after the save \(generation 0 -> 1\); init\(\) ran once", tour.stdout
    )
    assert (EXAMPLE / "src" / "score.py").read_bytes() == before


def test_serve_keeps_running_and_says_what_to_try() -> None:
    """`make serve` prints the request to send, answers it, and ends with Ctrl+C."""
    with sockets.bind("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    command = [sys.executable, DEMO, "--serve", "--port", str(port)]
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as serving:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: serving.poll() is not None or _is_ready(url), "the server is ready", timeout=60)
            answer = ask(url, "/score", (EXAMPLE / "sample-request.json").read_text())
            assert answer.json() == {"predictions": [212.8, 68.0]}
        finally:
            _interrupt(serving)
        assert serving.stdout is not None
        printed = serving.stdout.read()
    assert f"curl -d @examples/sklearn/sample-request.json {url}/score" in printed
    assert serving.returncode == 0
    assert "Traceback" not in printed


def test_the_demo_names_the_port_that_is_taken() -> None:
    """A busy port ends `make serve` with the holder's name instead of a traceback."""
    with sockets.bind("127.0.0.1", 0) as holder:
        port = holder.getsockname()[1]
        command = [sys.executable, DEMO, "--serve", "--port", str(port)]
        refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert f"Port {port} is in use by" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr


def _is_ready(url: str) -> bool:
    try:
        return ask(url, "/readyz").status == 200
    except OSError:
        return False


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Send Ctrl+C to the process and its child, as a terminal does."""
    if sys.platform == "win32":
        pytest.skip("Windows has no Ctrl+C for a group of its own")
    import signal

    os.killpg(process.pid, signal.SIGINT)
