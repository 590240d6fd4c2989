from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from devkit.runtime.injection import injection_for

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

VERSION = ".".join(map(str, sys.version_info[:2]))


def test_this_python_is_served_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the same Python everything is copied from this install: files alone, that run wherever they are put."""
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "")
    injection = injection_for(VERSION)
    assert injection.production
    assert injection_for(VERSION) == injection
    assert not [path for path in injection.folder.rglob("*") if path.is_symlink()]
    moved = injection.folder.rename(tmp_path / "moved")
    command = injection.command(sys.executable, str(moved))
    # -I and -S: as in an interpreter that has nothing installed.
    version = subprocess.run(
        [command[0], "-I", "-S", *command[1:], "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert version.stdout.startswith("infsrv ")


def test_a_container_finds_it_where_it_is_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command names the places that the instance sees."""
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path))
    command = injection_for(VERSION).command("/env/bin/python", "/opt/devkit")
    assert command == ["/env/bin/python", "/opt/devkit/devkit_instance.py", "/opt/devkit/packages"]
