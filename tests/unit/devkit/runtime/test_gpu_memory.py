"""The GPU memory of an instance, as `nvidia-smi` tells it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.runtime.gpu_memory import GpuMemory, gpu_memory_of, read_compute_apps
from devkit.runtime.protocol import Instance

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20
PRINTED = """\
4711, NVIDIA H100 80GB HBM3, 1024
4711, NVIDIA L4, 256
4712, NVIDIA H100 80GB HBM3, 512
99, NVIDIA H100 80GB HBM3, 40000
"""
"""As `--query-compute-apps=pid,gpu_name,used_gpu_memory --format=csv,noheader,nounits` is documented."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PRINTED, GpuMemory(("NVIDIA H100 80GB HBM3", "NVIDIA L4"), 1792 * MIB)),
        ("", GpuMemory((), 0)),
        ("No running processes found\n", GpuMemory((), 0)),
        ("4711, NVIDIA L4, [N/A]\n", GpuMemory(("NVIDIA L4",), None)),
        ("4711, NVIDIA L4, [N/A]\n4712, NVIDIA L4, 5\n", GpuMemory(("NVIDIA L4",), None)),
        ("[Insufficient Permissions], NVIDIA L4, 7\n", GpuMemory((), 0)),
    ],
)
def test_what_the_driver_tells(text: str, expected: GpuMemory) -> None:
    """Only the instance's own processes count, on every GPU; a figure that is missing leaves the sum unknown."""
    assert read_compute_apps(text, [4711, 4712]) == expected


def instance() -> Instance:
    """This very process, taken for an instance."""
    return Instance("e.blue.1.0", "process", {"pid": os.getpid()}, "127.0.0.1", {})


def put_command(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An `nvidia-smi` that comes first on the PATH."""
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.skipif(sys.platform == "win32", reason="the command of the test is a shell script")
def test_the_command_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one on the PATH is run with the documented query."""
    expected = "--query-compute-apps=pid,gpu_name,used_gpu_memory --format=csv,noheader,nounits"
    put_command(tmp_path, monkeypatch, f'[ "$*" = "{expected}" ] && echo "{os.getpid()}, NVIDIA L4, 512"')
    assert gpu_memory_of(instance()) == GpuMemory(("NVIDIA L4",), 512 * MIB)


@pytest.mark.skipif(sys.platform == "win32", reason="the command of the test is a shell script")
def test_a_command_without_its_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails tells nothing; a machine without a GPU is no error."""
    put_command(tmp_path, monkeypatch, 'echo "NVIDIA-SMI has failed because it could not communicate"; exit 9')
    assert gpu_memory_of(instance()) is None


def test_no_command_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without NVIDIA's tool nobody is asked."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_memory_of(instance()) is None
