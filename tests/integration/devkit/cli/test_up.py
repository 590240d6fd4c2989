"""``devkit up`` and ``down``, and what commands come to when things go wrong at a bad moment."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.typing_commands import typed
from tests.support.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.typing_commands import Done

SLOW = """
import pathlib, time


def init():
    if pathlib.Path({broken!r}).exists():
        raise ValueError("no model today")
    time.sleep(1)


def run(data):
    return "served"
"""
AWAITS = """
import pathlib, time


def init():
    while not pathlib.Path({go!r}).exists():
        time.sleep(0.02)


def run(data):
    return "served"
"""
DEPLOYMENT = """
name: {name}
endpoint_name: shop
code_configuration:
  code: {name}
  scoring_script: score.py
environment:
  image: mcr.microsoft.com/azureml/minimal-py312-inference:latest
instance_type: Standard_DS3_v2
instance_count: 1
readiness_probe: {{initial_delay: 1, period: 1, timeout: 1, failure_threshold: 3}}
"""
INVOKE = ("online-endpoint", "invoke", "-n", "shop", "-r", "request.json")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A workspace with nothing running yet."""
    bench = Workbench(tmp_path)
    (tmp_path / "request.json").write_text("{}")
    yield tmp_path
    bench.close()
    assert bench.processes() == {}


def write(folder: Path, name: str, script: str) -> None:
    """A deployment's file and code."""
    (folder / name).mkdir()
    (folder / name / "score.py").write_text(script)
    (folder / f"{name}.yml").write_text(DEPLOYMENT.format(name=name))


def create(folder: Path, name: str, *more: str) -> Done:
    """Create the deployment of a name."""
    return typed(["online-deployment", "create", "-f", f"{name}.yml", "--python", sys.executable, *more], folder)


def test_up_waits_until_requests_are_answered(shop: Path) -> None:
    """Right after `up` a request is answered, although the script's init takes a second; and the wait is told."""
    write(shop, "blue", SLOW.format(broken=str(shop / "broken")))
    assert create(shop, "blue", "--all-traffic").code == 0
    typed(["down"], shop)
    code, printed, told = typed(["up"], shop)
    answer = typed([*INVOKE], shop)
    assert (code, answer.code, json.loads(answer.out)) == (0, 0, "served")
    assert "shop/blue: 1 of 1 instances ready" in told
    assert [each["name"] for each in json.loads(printed)["endpoints"]] == ["shop"]


def test_invoke_alone_starts_and_waits(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request to a workspace that was stopped is answered, not refused because its instance is only just starting."""
    write(shop, "blue", AWAITS.format(go=str(shop / "go")))
    path = shop / "blue.yml"
    path.write_text(path.read_text().replace("failure_threshold: 3", "failure_threshold: 600"))
    (shop / "go").touch()
    assert create(shop, "blue", "--all-traffic").code == 0
    typed(["down"], shop)
    (shop / "go").unlink()
    told: list[str] = []

    def let_go(line: str) -> None:
        told.append(line)
        (shop / "go").touch()

    monkeypatch.setattr("devkit.cli.online_endpoint_client_verbs.note", let_go)
    answer = typed([*INVOKE], shop)
    assert answer.code == 0, answer.err
    assert json.loads(answer.out) == "served"
    assert told == ["Waiting for shop/blue: 0 of 1 instances ready"]


def test_down_starts_nothing(shop: Path) -> None:
    """Where everything has ended already, `down` says so and no control plane is started for it."""
    typed(["online-endpoint", "create", "-n", "shop"], shop)
    assert "Stopped" in typed(["down"], shop).err
    log = (shop / ".devkit" / "control.log").read_text()
    code, _, told = typed(["down"], shop)
    assert code == 0
    assert f"Nothing runs for {shop}" in told
    assert (shop / ".devkit" / "control.log").read_text() == log


def test_up_names_what_does_not_serve(shop: Path) -> None:
    """A deployment whose script no longer starts ends `up` with 1 and its error; once mended, `up` ends well."""
    write(shop, "blue", SLOW.format(broken=str(shop / "broken")))
    assert create(shop, "blue", "--all-traffic").code == 0
    typed(["down"], shop)
    (shop / "broken").touch()
    code, _, told = typed(["up"], shop)
    assert code == 1
    assert "shop/blue does not serve" in told
    assert "ValueError: no model today" in told
    assert typed(["down"], shop).code == 0
    (shop / "broken").unlink()
    assert typed(["up"], shop).code == 0
    assert typed([*INVOKE], shop).code == 0


def test_a_deployment_that_never_gets_ready_fails_and_can_be_replaced(shop: Path) -> None:
    """`create` ends with 1, show tells Failed, and the next command, with a script that is mended, succeeds."""
    write(shop, "blue", "import time\n\n\ndef init():\n    time.sleep(3600)\n\n\ndef run(data):\n    return 1\n")
    code, _, told = create(shop, "blue")
    assert code == 1
    assert "readiness probe" in told
    shown = typed(["online-deployment", "show", "-n", "blue", "-e", "shop"], shop)
    assert json.loads(shown.out)["provisioning_state"] == "Failed"
    (shop / "blue" / "score.py").write_text('def init():\n    pass\n\n\ndef run(data):\n    return "served"\n')
    mended = typed(["online-deployment", "update", "-f", "blue.yml", "--python", sys.executable], shop)
    assert json.loads(mended.out)["provisioning_state"] == "Succeeded"
    assert json.loads(typed([*INVOKE, "-d", "blue"], shop).out) == "served"


def test_two_commands_for_one_deployment(shop: Path) -> None:
    """Of two that create it at once one does and the other is refused; what it then is, is whole."""
    write(shop, "blue", SLOW.format(broken=str(shop / "broken")))
    line = [sys.executable, "-m", "devkit", "online-deployment", "create", "-f", "blue.yml", "--python", sys.executable]
    at_once = [
        subprocess.Popen(line, cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    told = [(each.communicate(timeout=50)[1], each.returncode) for each in at_once]
    assert sorted(code for _, code in told) in ([0, 1], [0, 3]), told
    refused = next(errors for errors, code in told if code)
    assert "blue" in refused
    assert "Traceback" not in refused
    shown = json.loads(typed(["online-deployment", "show", "-n", "blue", "-e", "shop"], shop).out)
    assert (shown["provisioning_state"], shown["instance_count"]) == ("Succeeded", 1)
    assert json.loads(typed([*INVOKE, "-d", "blue"], shop).out) == "served"
