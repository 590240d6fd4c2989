"""What `make demo` and `make serve` run: a real model answers, its code is edited, the new code answers at once.

python examples/demo.py            the tour, about ten seconds, ends by itself
python examples/demo.py --serve    the example's server, kept running on port 5001
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import final

EXAMPLE = Path(__file__).resolve().parent / "sklearn"
MODEL = EXAMPLE / "model"
SAMPLE = EXAMPLE / "sample-request.json"

OLD_RETURN = 'return {"predictions": [round(value, 1) for value in predictions.tolist()]}'
NEW_RETURN = 'return {"predictions": [round(value) for value in predictions.tolist()], "rounded": True}'

START_SECONDS = 60
RELOAD_SECONDS = 20


class DemoError(Exception):
    """The demo cannot go on; the text says why and what to do."""


def main() -> int:
    """Run the tour or the server; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="keep the server running")
    parser.add_argument("--port", type=int, default=5001, help="the port of --serve (default: 5001)")
    options = parser.parse_args()
    try:
        train_if_missing()
        return serve(options.port) if options.serve else tour()
    except DemoError as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def train_if_missing() -> None:
    """Train the example's model unless it is there."""
    if (MODEL / "model.joblib").exists():
        return
    print("· training the example's model (once)")
    trained = subprocess.run([sys.executable, EXAMPLE / "train.py"], check=False)
    if trained.returncode:
        raise DemoError("the model could not be trained. `make demo` installs what train.py needs; run that.")


def serve(port: int) -> int:
    """Serve the example itself until Ctrl+C."""
    print(
        f"""
  Try this in a second terminal:

    curl -d @{display(SAMPLE)} http://127.0.0.1:{port}/score

  Then change what {display(EXAMPLE / "src" / "score.py")} returns, save, and send the request again: the new code
  answers and the model is not loaded again. Ctrl+C ends the server.
""",
        flush=True,
    )
    server = subprocess.Popen(server_command(EXAMPLE / "src", port))
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # the server gets the same Ctrl+C and ends in good order
            return server.wait()


def tour() -> int:
    """Serve a copy of the code, ask it, edit it, ask again."""
    with tempfile.TemporaryDirectory(prefix="endpoint-devkit-demo-") as folder:
        code = Path(folder) / "src"
        shutil.copytree(EXAMPLE / "src", code, ignore=shutil.ignore_patterns("__pycache__"))
        began = time.perf_counter()
        with Server(code) as server:
            print(f"· serving a copy of {display(EXAMPLE / 'src')} at {server.url}")
            server.wait_until_ready()
            print(f"· the model is loaded, {time.perf_counter() - began:.1f} s after the start")
            print(f"· POST {display(SAMPLE)}")
            before = server.score()
            print(f"    {before.text}")
            edit_and_ask_again(server, code / "score.py", before)
    print("\nDone. `make serve` keeps this server running; docs/debugging.md shows breakpoints in VS Code.")
    return 0


def edit_and_ask_again(server: Server, script: Path, before: Answer) -> None:
    """Save a change of run() and wait for the answer of the new code."""
    source = script.read_text(encoding="utf-8")
    if OLD_RETURN not in source:
        raise DemoError(f"{display(EXAMPLE / 'src' / 'score.py')} was edited; `git checkout` it, or use `make serve`.")
    print("· editing the copy: run() now rounds to whole numbers and says so")
    saved = time.perf_counter()
    script.write_text(source.replace(OLD_RETURN, NEW_RETURN), encoding="utf-8")
    after = server.score()
    while after.generation == before.generation:
        if time.perf_counter() - saved > RELOAD_SECONDS:
            raise DemoError(f"the new code did not answer within {RELOAD_SECONDS} s of the save.\n{server.log()}")
        after = server.score()
    milliseconds = (time.perf_counter() - saved) * 1000
    print(f"    {after.text}")
    if "rounded" not in after.text:
        raise DemoError(f"the answer is not the new code's.\n{server.log()}")
    loads = server.log().count("model loaded")
    if loads != 1:
        raise DemoError(f"the model was loaded {loads} times instead of once.\n{server.log()}")
    print(
        f"· the new code answered {milliseconds:.0f} ms after the save (generation {before.generation} -> "
        f"{after.generation}); init() ran once, so the model was not loaded again"
    )


class Answer:
    """What /score said: the body, and which version of the code made it."""

    def __init__(self, text: str, generation: str) -> None:
        self.text = text
        self.generation = generation


@final
class Server:
    """`infsrv --dev` on a free port, its output kept for when something goes wrong."""

    def __init__(self, code: Path) -> None:
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            server_command(code, port=0),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._lines: list[str] = []
        self._listening = threading.Event()
        self.url = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Server:
        if not self._listening.wait(START_SECONDS) or not self.url:
            self.__exit__()
            raise DemoError(f"the server did not start. It said:\n{self.log()}")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reader.join(timeout=10)

    def log(self) -> str:
        """Everything the server printed so far."""
        return "".join(self._lines)

    def wait_until_ready(self) -> None:
        """Wait for init() to end."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=10):
                    return
            except urllib.error.HTTPError as not_yet:
                if b"failed" in not_yet.read():
                    break
            time.sleep(0.05)
        raise DemoError(f"init() did not succeed. The server said:\n{self.log()}")

    def score(self) -> Answer:
        """Post the sample request."""
        request = urllib.request.Request(
            f"{self.url}/score", data=SAMPLE.read_bytes(), headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                text = json.dumps(json.load(response))
                return Answer(text, response.headers.get("x-devkit-generation", ""))
        except urllib.error.HTTPError as error:
            raise DemoError(f"/score answered {error.code}: {error.read().decode()}\n{self.log()}") from None

    def _read(self) -> None:
        output = self._process.stdout or []
        for line in output:
            self._lines.append(line)
            if line.startswith("Listening on "):
                self.url = line.split()[2]
                self._listening.set()
        self._listening.set()  # it ended: waiting longer is of no use


def server_command(code: Path, port: int) -> list[str]:
    """The command line of the server."""
    arguments = ["--dev", "--entry_script", str(code / "score.py"), "--model_dir", str(MODEL), "--port", str(port)]
    return [sys.executable, "-m", "inference_server", *arguments]


def display(path: Path) -> str:
    """A path as short as the user can use it."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


if __name__ == "__main__":
    sys.exit(main())
