"""`devkit promote` to a second engine, killed in each of its steps, resumed to the end, and taken back."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import urllib3

from devkit.golden.requests import load_all
from devkit.promote.receipt import GoldenResult, Receipt, write
from devkit.promote.resolving import resolve_file
from devkit.workspace import Workspace
from tests.support.docker_engine import require_engine, require_image
from tests.support.second_engine import second_engine

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.second_engine import SecondEngine

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]

_DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: resumed
model: {{path: ./weights.txt}}
code_configuration: {{code: ./src, scoring_script: score.py}}
environment: {{image: "{image}"}}
instance_type: Standard_F2s_v2
instance_count: 1
readiness_probe: {{initial_delay: 1, period: 1, timeout: 2, success_threshold: 1, failure_threshold: 60}}
"""
_SCORE = "def init(): pass\ndef run(data): return {'word': 'kept'}\n"
_GOLDEN = {"request": {"body": {}}, "answer": {"body": {"word": "kept"}}}
_IN_EACH_STEP = ("Copying ", "Making the endpoint", "Waiting for", "replay:", "shift:")


def test_killed_in_each_step_and_resumed(tmp_path: Path) -> None:
    """Whatever step the promoter is killed in, --resume ends with one deployment that serves; rollback with nothing."""
    image = require_image()
    project, engine_folder = tmp_path / "project", tmp_path / "engine"
    engine_folder.mkdir()
    _lay_out(project, image)
    with second_engine(engine_folder) as host:
        command = ["promote", "-f", "blue.yml", "--hold", "1s", "-y", *_address(host)]
        for where in _IN_EACH_STEP:
            _kill(project, command, where)
            command = ["promote", "--resume", "-y"]
        done = _run(project, command)
        assert done.returncode == 0, done.stderr
        assert _instances(host) == 1
        key = json.loads(_in_gateway(host, "cat", "/var/lib/devkit-gateway/keys.json"))["primary"]
        (published,) = host.client.containers.get("devkit-resumed").ports["8080/tcp"]
        url = f"http://{host.address}:{published['HostPort']}/score"
        answer = urllib3.request("POST", url, json={}, headers={"Authorization": f"Bearer {key}"}, timeout=30)
        assert (answer.status, answer.json()) == (200, {"word": "kept"})

        back = _run(project, ["rollback", "-y"])
        assert back.returncode == 0, back.stderr
        assert not host.names()
        assert not [each for each in host.client.volumes.list() if str(each.name).startswith("devkit-")]


def _lay_out(project: Path, image: str) -> None:
    """A project with a receipt of the image, as `devkit validate --run --runtime docker` writes it."""
    (project / "src").mkdir(parents=True)
    (project / "golden").mkdir()
    (project / "src" / "score.py").write_text(_SCORE)
    (project / "weights.txt").write_text("7")
    (project / "blue.yml").write_text(_DEPLOYMENT.format(image=image))
    (project / "golden" / "kept.json").write_text(json.dumps(_GOLDEN))
    workspace = Workspace(project)
    resolved = resolve_file(project / "blue.yml", workspace)
    goldens = load_all(project / "golden")
    receipt = Receipt(
        digests=resolved.digests,
        runtime="docker",
        image_id=str(require_engine().images.get(image).id),
        init_seconds=1,
        tools={},
        golden=tuple(GoldenResult(name=each.name, route=each.route, passed=True) for each in goldens),
        made_at=dt.datetime.now(dt.timezone.utc),
    )
    write(workspace, receipt)


def _address(host: SecondEngine) -> list[str]:
    options = [f"bind={host.address}", "allow-plain-tcp=yes"]
    return ["--to", f"docker:{host.url}", *(word for each in options for word in ("--target-option", each))]


def _started(project: Path, arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "devkit", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _run(project: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    with _started(project, arguments) as process:
        told, _ = process.communicate(timeout=200)
    return subprocess.CompletedProcess(arguments, process.returncode, told, told)


def _kill(project: Path, arguments: list[str], where: str) -> None:
    """Run until it tells that line, and kill it there."""
    told = []
    with _started(project, arguments) as process:
        for line in process.stdout or ():
            told.append(line)
            if line.strip().startswith(where):
                process.send_signal(signal.SIGKILL)
                break
        else:
            pytest.fail(f"it never said {where!r}:\n{''.join(told)}")
    assert process.returncode == -signal.SIGKILL, "".join(told)


def _instances(host: SecondEngine) -> int:
    return len([each for each in host.names() if each.startswith("devkit-resumed-blue-")])


def _in_gateway(host: SecondEngine, *command: str) -> str:
    code, output = host.client.containers.get("devkit-resumed").exec_run(list(command))
    assert code == 0
    return output.decode()
