"""The disk that has the state and the logs is full: requests are answered, changes are refused in words."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.control_plane import daemon
from devkit.control_plane.errors import ServiceError
from tests.support.workbench import Workbench, ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = "12m"
TALKS = """
def init():
    print("init is here")


def run(data):
    print("a line of the script", "x" * 4096, flush=True)
    return "answered"
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Workbench]:
    """A workspace whose state lies on a disk of a few megabytes."""
    bench = Workbench(tmp_path)
    bench.workspace.folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(bench.workspace.folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a small disk, on Linux")
    try:
        yield bench
        bench.close()
        assert bench.processes() == {}
    finally:
        subprocess.run(["umount", "--lazy", str(bench.workspace.folder)], check=True)


def fill(folder: Path) -> Path:
    """Write a file until there is no room left."""
    path = folder / "everything-else"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 65536):
            pass
    return path


def grow(bench: Workbench) -> None:
    """Change the endpoint, by more each time, as the database has some room of its own."""
    for number in range(200):
        bench.endpoint("demo", description="x" * 10_000 * (number + 1), traffic={"blue": 100})


def test_a_full_disk_stops_changes_and_no_request(small: Workbench) -> None:
    """Scripts that print are answered, a change is refused and says why, and with room again all goes on as it was."""
    small.endpoint("demo")
    small.deploy("demo", "blue", small.code(TALKS))
    made = small.endpoint("demo", traffic={"blue": 100})
    headers = {"Authorization": f"Bearer {small.client.list_keys('demo')['primaryKey']}"}
    pid = daemon.ensure(small.workspace).pid
    filler = fill(small.workspace.folder)
    for _ in range(20):
        assert ask(made["properties"]["scoringUri"], headers) == {"status": 200, "answer": "answered"}
    with pytest.raises(ServiceError, match=r"(?i)full|space"):
        grow(small)
    assert small.client.get_endpoint("demo")["properties"]["traffic"] == {"blue": 100}
    assert ask(made["properties"]["scoringUri"], headers)["status"] == 200
    filler.unlink()
    assert daemon.ensure(small.workspace).pid == pid, "the control plane lives"
    assert small.client.get_deployment("demo", "blue")["properties"]["provisioningState"] == "Succeeded"
    assert small.endpoint("demo", traffic={"blue": 100}, description="room again")["properties"]["traffic"]
    small.deploy("demo", "green", small.code(TALKS.replace("answered", "green"), "2"))
    assert small.score("demo", "green")["answer"] == "green"
