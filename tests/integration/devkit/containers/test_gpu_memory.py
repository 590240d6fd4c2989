"""The GPU memory of a container's processes, which the driver lists by this machine's process ids."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.runtime.gpu_memory import GpuMemory, gpu_memory_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.docker_engine import Bench

pytestmark = [pytest.mark.docker]

SCRIPT = "def init(): pass\n\n\ndef run(data): return 1\n"


def test_its_processes_alone_count(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for NVIDIA's tool lists every process of this machine, or the test's alone: of those it has none."""
    instance = bench.start(bench.plan(SCRIPT))
    command = tmp_path / "bin" / "nvidia-smi"
    command.parent.mkdir()
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    everybody = "import psutil\nfor pid in psutil.pids(): print(f'{pid}, NVIDIA L4, 64')\n"
    command.write_text(f"#!{sys.executable}\n{everybody}")
    command.chmod(0o755)
    found = gpu_memory_of(instance)
    assert found is not None
    assert found.devices == ("NVIDIA L4",)
    assert found.held_bytes is not None
    assert found.held_bytes >= 64 << 20
    command.write_text(f"#!/bin/sh\necho '{os.getpid()}, NVIDIA L4, 64'\n")
    assert gpu_memory_of(instance) == GpuMemory((), 0)
