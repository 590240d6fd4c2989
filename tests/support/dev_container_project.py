"""A small deployment whose dev container comes up on the test's engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.dev_containers import require_cli

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient

__all__ = ["SCORE", "Project", "devkit", "publish_at", "remove", "write_project"]

_DEPLOYMENT = """\
name: blue
endpoint_name: sums
model:
  path: model
code_configuration:
  code: src
  scoring_script: score.py
environment:
  image: devkit-test/inference:latest
  conda_file: conda.yml
environment_variables:
  GREETING: hello
instance_type: {size}
instance_count: 1
"""
_CONDA = "dependencies:\n  - python=3.11\n  - pip\n  - pip: [azureml-inference-server-http~=1.5, six==1.17.0]\n"
SCORE = """\
import json, os
import six

def init():
    global offset
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "offset.json")) as stream:
        offset = json.load(stream)

def run(data):
    total = json.loads(data)["number"] + offset  # in run
    return {"total": total, "six": six.__version__, "uid": os.getuid(), "greeting": os.environ["GREETING"]}
"""


@dataclass
class Project:
    """A workspace with its dev container up."""

    folder: Path
    engine: DockerClient
    port: int
    debug_port: int

    @property
    def container(self) -> Any:
        """What Docker knows of the container."""
        (found,) = self.engine.containers.list(filters={"label": f"devcontainer.local_folder={self.folder}"})
        return found

    def ask(self, number: int) -> Any:
        """Score one number over the published port."""
        body = json.dumps({"number": number}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/score", body)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  loopback
            return json.load(answer)

    def is_ready(self) -> bool:
        """Whether a server answers behind the published port."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def generation(self) -> int:
        """How often the server's code was replaced since it started."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=30) as answer:
            return int(answer.headers["x-devkit-generation"])


def devkit(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does who has the dev container CLI on the PATH."""
    path = f"{require_cli().parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, "-m", "devkit", "devcontainer", *words],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def write_project(folder: Path, size: str = "Standard_DS3_v2") -> None:
    """Write the deployment and all that it names."""
    for name, text in {
        "deployment.yml": _DEPLOYMENT.format(size=size),
        "conda.yml": _CONDA,
        "src/score.py": SCORE,
        "model/offset.json": "40",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def publish_at(folder: Path, ports: dict[int, int]) -> None:
    """Choose other ports of the host, as a person does whose 5001 is taken."""
    path = folder / ".devcontainer" / "devcontainer.json"
    text = path.read_text(encoding="utf-8")
    for inside, outside in ports.items():
        text = text.replace(f"127.0.0.1:{inside}:{inside}", f"127.0.0.1:{outside}:{inside}")
    path.write_text(text, encoding="utf-8")


def remove(engine: DockerClient, folder: Path) -> None:
    """End the containers of a workspace."""
    for each in engine.containers.list(all=True, filters={"label": f"devcontainer.local_folder={folder}"}):
        each.remove(force=True)
