"""``devkit validate --run --no-network``: the container is asked, and reaches nothing outside."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from devkit.promote.validation import validate_by_running
from tests.support.docker_engine import require_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.promote.receipt import Receipt
    from tests.support.docker_engine import Bench

pytestmark = [pytest.mark.docker]

_PORT = 8000
_PATIENCE_S = 60.0

SCRIPT = """\
import json
import socket


def init():
    pass


def run(data):
    try:
        with socket.create_connection(json.loads(data), timeout=1):
            return "reached"
    except OSError:
        return "not reached"
"""
DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: numbers
code_configuration: {code: src, scoring_script: score.py}
environment: {image: IMAGE}
instance_type: Standard_DS3_v2
instance_count: 1
"""


@pytest.fixture
def outside(bench: Bench) -> Iterator[tuple[str, int]]:
    """A container that listens in the engine's own network, where others have theirs: nobody needs the internet."""
    command = ["python3", "-m", "http.server", str(_PORT)]
    made = bench.engine.containers.run(require_image(), entrypoint=command, detach=True)
    try:
        made.reload()
        place = made.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"], _PORT
        _await_listener(place)
        yield place
    finally:
        made.remove(force=True, v=True)


def _await_listener(place: tuple[str, int]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not _listens(place):
        assert time.monotonic() < deadline, place
        time.sleep(0.1)


def _listens(place: tuple[str, int]) -> bool:
    try:
        socket.create_connection(place, timeout=5).close()
    except OSError:
        return False
    return True


def validated(bench: Bench, place: tuple[str, int], answer: str, *, isolated: bool) -> Receipt:
    """The receipt of a deployment whose script connects to `place`, and is to say `answer`."""
    for folder in ("src", "golden"):
        (bench.root / folder).mkdir(exist_ok=True)
    (bench.root / "src" / "score.py").write_text(SCRIPT)
    golden = {"request": {"body": place}, "answer": {"body": answer}}
    (bench.root / "golden" / "one.json").write_text(json.dumps(golden))
    file = bench.root / "blue.yml"
    file.write_text(DEPLOYMENT.replace("IMAGE", repr(require_image())))
    return validate_by_running(file, bench.workspace, lambda _: None, runtime="docker", isolated=isolated)[0]


def test_nothing_outside_is_reached(bench: Bench, outside: tuple[str, int]) -> None:
    """What the script reaches with a network it does not reach without one; it is asked in both, and nothing stays."""
    with_network = validated(bench, outside, "reached", isolated=False)
    assert with_network.passed, with_network.golden
    without = validated(bench, outside, "not reached", isolated=True)
    assert without.passed, without.golden
    assert (with_network.isolated, without.isolated) == (False, True)
    assert without.rss_bytes is not None
    assert with_network.tools["docker"] == bench.engine.version()["Version"]
    labelled = {"label": f"endpoint-devkit.workspace={bench.workspace.root}"}
    assert bench.engine.networks.list(filters=labelled) == []


def test_an_isolated_instance_is_found_and_removed_with_its_network(bench: Bench) -> None:
    """Another process, which knows the workspace alone, finds it at its address, and leaves no network behind."""
    instance = bench.start(replace(bench.plan("def init(): pass\ndef run(data): return 1\n"), isolated=True))
    labelled = {"label": f"endpoint-devkit.workspace={bench.workspace.root}"}
    assert len(bench.engine.networks.list(filters=labelled)) == 1
    found = bench.runtime.find(bench.root)
    assert [(each.host, each.ports[5001]) for each in found] == [(instance.host, 5001)]
    bench.runtime.stop(found[0], 0)
    assert bench.engine.networks.list(filters=labelled) == []
